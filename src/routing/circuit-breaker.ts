import type { BreakerPolicy } from '../config/snapshot.ts';
import { FailureWindow } from './failure-window.ts';

/** `half-open`: the cool-down is over, and a few calls try whether the model is well again. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** `neutral`: says nothing about the model (the client left, the request was wrong, a limit stood in the way). */
export type AttemptOutcome = 'success' | 'failure' | 'neutral';

/**
 * What a call gets when it is let in and shows when it reports: the period it belongs to. A call that was let in before
 * the breaker opened must not decide for the trial that came after.
 */
export type BreakerPass = number;

/** The pass of every call before the first opening, so that a breaker need not exist before the first failure. */
export const FIRST_PASS: BreakerPass = 1;

/** The cool-down doubles with every failed trial, up to so many times the configured one. */
const LONGEST_COOLDOWN = 10;

/** How soon to ask again while somebody else is trying. */
const TRIAL_RETRY_MS = 1000;

/**
 * Leaves a failing model alone: opens after failures, lets a few trials in after a cool-down, closes when one succeeds.
 * Has no timer; all times are monotonic milliseconds.
 */
export class CircuitBreaker {
  #policy: BreakerPolicy;
  #window: FailureWindow;
  #isOpen = false;
  #pass: BreakerPass = FIRST_PASS;
  #failuresInRow = 0;
  /** Openings since it was closed last. */
  #openings = 0;
  #openedAt = 0;
  #restsUntil = 0;
  #trials = 0;
  /** A trial that has not reported by then never will. */
  #trialsEndAt = 0;
  #reason = '';

  constructor(policy: BreakerPolicy) {
    this.#policy = policy;
    this.#window = new FailureWindow(policy.windowSeconds * 1000);
  }

  get isClosed(): boolean {
    return !this.#isOpen;
  }

  state(now: number): BreakerState {
    if (!this.#isOpen) return 'closed';
    return now < this.#restsUntil ? 'open' : 'half-open';
  }

  /** Why it is not closed, as a predicate: `failed 5 times in a row`. */
  get reason(): string {
    return this.#reason;
  }

  get failuresInRow(): number {
    return this.#failuresInRow;
  }

  callsInWindow(now: number): number {
    return this.#window.calls(now);
  }

  failuresInWindow(now: number): number {
    return this.#window.failures(now);
  }

  /** Milliseconds until a call may come in; 0 when it may now. While trials are under way nobody knows: soon. */
  msUntilEntry(now: number): number {
    if (!this.#isOpen) return 0;
    if (now < this.#restsUntil) return this.#restsUntil - now;
    return this.#hasRoom(now) ? 0 : TRIAL_RETRY_MS;
  }

  /**
   * Lets a call in; undefined when it must not be made. Every pass is followed by one `leave`, a trial's within
   * `limitMs`: afterwards its place is free and its report counts for nothing.
   */
  enter(now: number, limitMs: number): BreakerPass | undefined {
    if (!this.#isOpen) return this.#pass;
    if (now < this.#restsUntil || !this.#hasRoom(now)) return undefined;
    if (this.#trials >= this.#policy.halfOpenMaxRequests) this.#forgetTrials();
    this.#trials += 1;
    this.#trialsEndAt = now + limitMs;
    return this.#pass;
  }

  /** The answer has begun: a trial has passed. */
  commit(pass: BreakerPass): void {
    if (this.#isOpen && pass === this.#pass) this.#close();
  }

  leave(pass: BreakerPass, outcome: AttemptOutcome, now: number): void {
    if (pass !== this.#pass) return;
    if (this.#isOpen) this.#endTrial(outcome, now);
    else if (outcome === 'success') this.#countSuccess(now);
    else if (outcome === 'failure') this.#countFailure(now);
  }

  /** Ends the cool-down; a trial still has to decide. */
  endCooldown(now: number): void {
    if (this.#isOpen) this.#restsUntil = Math.min(this.#restsUntil, now);
  }

  /** Takes over a new policy. A breaker that is open stays so, but no longer than the new cool-down says. */
  follow(policy: BreakerPolicy): void {
    this.#policy = policy;
    const windowMs = policy.windowSeconds * 1000;
    if (windowMs !== this.#window.windowMs) this.#window = new FailureWindow(windowMs);
    if (this.#isOpen) this.#restsUntil = Math.min(this.#restsUntil, this.#openedAt + this.#cooldownMs);
  }

  get #cooldownMs(): number {
    return this.#policy.cooldownSeconds * 1000 * Math.min(2 ** (this.#openings - 1), LONGEST_COOLDOWN);
  }

  #hasRoom(now: number): boolean {
    return this.#trials < this.#policy.halfOpenMaxRequests || now >= this.#trialsEndAt;
  }

  #forgetTrials(): void {
    this.#pass += 1;
    this.#trials = 0;
  }

  #endTrial(outcome: AttemptOutcome, now: number): void {
    this.#trials -= 1;
    if (outcome === 'success') this.#close();
    else if (outcome === 'failure') this.#open(now, 'failed again when it was tried');
  }

  #countSuccess(now: number): void {
    this.#failuresInRow = 0;
    this.#window.add(false, now);
  }

  #countFailure(now: number): void {
    this.#failuresInRow += 1;
    this.#window.add(true, now);
    const { failureThreshold, errorRate, minRequests, windowSeconds } = this.#policy;
    if (this.#failuresInRow >= failureThreshold) {
      this.#open(now, `failed ${times(this.#failuresInRow)} in a row`);
      return;
    }
    const calls = this.#window.calls(now);
    const failures = this.#window.failures(now);
    if (calls < minRequests || failures < errorRate * calls) return;
    this.#open(now, `failed in ${failures} of the ${calls} calls of ${windowSeconds} s`);
  }

  #open(now: number, reason: string): void {
    this.#forgetTrials();
    this.#isOpen = true;
    this.#openings += 1;
    this.#openedAt = now;
    this.#restsUntil = now + this.#cooldownMs;
    this.#reason = reason;
  }

  #close(): void {
    this.#isOpen = false;
    this.#openings = 0;
    this.#failuresInRow = 0;
    this.#reason = '';
    this.#window.clear();
  }
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
