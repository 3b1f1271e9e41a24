import type { RateLimits } from '../../providers/rate-limits.ts';
import type { WaitingLine } from '../waiting-line.ts';
import { type Admission, LimitedAdmission } from './admission.ts';
import { Gate, type Waiter } from './gate.ts';
import { type Ahead, followedPool, type LimitPool } from './limit-pool.ts';

/**
 * One account at a provider: the limits over all its models, and whose turn it is. Who waits only for a model's own
 * limits stands in nobody else's way. Among those for whom only the account has no room, the first comer is next, and
 * whoever comes later stands behind, so that large requests are not overtaken by small ones for ever.
 */
export class Account implements Ahead {
  /** Of the provider. */
  readonly name: string;
  pool: LimitPool | undefined;
  /** The way to all models without limits of their own. */
  readonly common: Gate;
  readonly #timer: Pick<WaitingLine, 'callLater'>;
  readonly #occupied = new Set<Gate>();
  #alarm: { readonly dueAt: number; readonly cancel: () => void } | undefined;

  constructor(name: string, timer: Pick<WaitingLine, 'callLater'>) {
    this.name = name;
    this.#timer = timer;
    this.common = new Gate(this);
  }

  get requests(): number {
    let sum = 0;
    for (const gate of this.#occupied) sum += gate.requests;
    return sum;
  }

  get tokens(): number {
    let sum = 0;
    for (const gate of this.#occupied) sum += gate.tokens;
    return sum;
  }

  follow(limits: RateLimits | undefined, now: number): void {
    this.pool = followedPool(this.pool, limits, now);
  }

  /** One step over all counters: takes from all of them or from none. */
  admit(gate: Gate, tokens: number, now: number): Admission | undefined {
    if (this.#occupied.size > 0) {
      this.letIn(now);
      if (gate.requests > 0 || this.#next(now) !== undefined) return undefined;
    }
    if (!gate.hasRoom(tokens, now) || !this.#hasRoom(tokens, now)) return undefined;
    return this.#take(gate, tokens, now);
  }

  /** When a newcomer's turn would be; see `LimitPool.msUntilRoom`. */
  msUntilRoom(gate: Gate, tokens: number, now: number): number {
    const ofModel = gate.pool?.msUntilRoom(tokens, gate, now) ?? 0;
    return Math.max(ofModel, this.pool?.msUntilRoom(tokens, this.#aheadOf(gate, now), now) ?? 0);
  }

  /** As `msUntilRoom`, but without calls that have to end: a newcomer waits at least so long. */
  msUntilRefilled(gate: Gate, tokens: number, now: number): number {
    const ofModel = gate.pool?.msUntilRefilled(tokens, gate, now) ?? 0;
    return Math.max(ofModel, this.pool?.msUntilRefilled(tokens, this.#aheadOf(gate, now), now) ?? 0);
  }

  enter(waiter: Waiter, now: number): void {
    waiter.gate.add(waiter);
    this.#occupied.add(waiter.gate);
    this.letIn(now);
  }

  /** For one who waits no longer; harmless for one who has been let in. */
  leave(waiter: Waiter, now: number): void {
    if (this.#remove(waiter)) this.letIn(now);
  }

  /** Lets in everybody whose turn has come, and sees to it that the others are thought of in time. */
  letIn(now: number): void {
    if (this.#occupied.size === 0) {
      this.#alarm?.cancel();
      this.#alarm = undefined;
      return;
    }
    let next = this.#next(now);
    while (next !== undefined && this.#hasRoom(next.tokens, now)) {
      this.#remove(next);
      next.admission = this.#take(next.gate, next.tokens, now);
      next.wake?.();
      next = this.#next(now);
    }
    this.#setAlarm(next, now);
  }

  #hasRoom(tokens: number, now: number): boolean {
    return this.pool?.hasRoom(tokens, now) ?? true;
  }

  #take(gate: Gate, tokens: number, now: number): Admission {
    return new LimitedAdmission(this, gate.pool?.take(tokens, now), this.pool?.take(tokens, now));
  }

  #remove(waiter: Waiter): boolean {
    const { gate } = waiter;
    const wasWaiting = gate.remove(waiter);
    if (gate.requests === 0) this.#occupied.delete(gate);
    return wasWaiting;
  }

  /** The first comer among those for whom their model has room: if anything, the account stands in its way. */
  #next(now: number): Waiter | undefined {
    let next: Waiter | undefined;
    for (const gate of this.#occupied) {
      const { first } = gate;
      if (first === undefined || (next !== undefined && next.arrival < first.arrival)) continue;
      if (gate.hasRoom(first.tokens, now)) next = first;
    }
    return next;
  }

  /** Whom the account serves before a newcomer at `gate`. */
  #aheadOf(gate: Gate, now: number): Ahead {
    return this.#next(now) === undefined ? gate : this;
  }

  /** Where calls have to end first, their end is what lets others in, and no time is known. */
  #setAlarm(next: Waiter | undefined, now: number): void {
    let soonestMs = next === undefined ? Number.POSITIVE_INFINITY : msUntilRefilled(this.pool, next, now);
    for (const { first, pool } of this.#occupied) {
      if (first === undefined || pool?.hasRoom(first.tokens, now) !== false) continue;
      soonestMs = Math.min(soonestMs, msUntilRefilled(pool, first, now));
    }
    const dueAt = now + soonestMs;
    // An alarm that comes too early does no harm.
    if (this.#alarm !== undefined && this.#occupied.size > 0 && this.#alarm.dueAt <= dueAt) return;
    this.#alarm?.cancel();
    this.#alarm = soonestMs === Number.POSITIVE_INFINITY ? undefined : this.#startAlarm(soonestMs, dueAt);
  }

  #startAlarm(delayMs: number, dueAt: number): { readonly dueAt: number; readonly cancel: () => void } {
    const cancel = this.#timer.callLater(delayMs, (now) => {
      this.#alarm = undefined;
      this.letIn(now);
    });
    return { dueAt, cancel };
  }
}

const NOBODY: Ahead = { requests: 0, tokens: 0 };

/** Infinity where a call has to end first. */
function msUntilRefilled(pool: LimitPool | undefined, { tokens }: Waiter, now: number): number {
  if (pool === undefined || pool.isOccupied) return Number.POSITIVE_INFINITY;
  return pool.msUntilRefilled(tokens, NOBODY, now);
}
