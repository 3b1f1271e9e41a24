import type { RouterError } from '../errors/router-error.ts';

/**
 * Why a key rests: the provider refused it (`rejected`), has no money left for it (`no-credit`), keeps it from one model
 * (`forbidden`), asked it to slow down (`rate-limited`), or a quota for long is used up (`quota`).
 */
export type RestReason = 'rejected' | 'no-credit' | 'forbidden' | 'rate-limited' | 'quota';

/** How long a key rests, and with what. */
interface RestRule {
  /** All of the key, or only with the model that was called. */
  readonly scope: 'key' | 'model';
  /** The first rest, for failures that name no time; doubled each time in a row. Milliseconds. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** A time that the provider asks for counts instead, up to this; 0: it is not about this. Milliseconds. */
  readonly longestToldMs: number;
  /** After so many in a row the key counts as dead. */
  readonly deadAfter: number;
  /** After a rest one call alone tries whether the key is good again. */
  readonly isTried: boolean;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const NEVER = Number.POSITIVE_INFINITY;

/** What does not need telling for each reason: a refused key, or one without money, knows no time. */
const UNTOLD = { longestToldMs: 0, deadAfter: NEVER, isTried: false };
const TOLD = { longestToldMs: DAY_MS, deadAfter: NEVER, isTried: false };

const REST_RULES: Readonly<Record<RestReason, RestRule>> = {
  rejected: { ...UNTOLD, scope: 'key', firstMs: MINUTE_MS, longestMs: HOUR_MS, deadAfter: 3, isTried: true },
  'no-credit': { ...UNTOLD, scope: 'key', firstMs: MINUTE_MS, longestMs: HOUR_MS, isTried: true },
  forbidden: { ...UNTOLD, scope: 'model', firstMs: MINUTE_MS, longestMs: HOUR_MS },
  'rate-limited': { ...TOLD, scope: 'model', firstMs: 500, longestMs: MINUTE_MS },
  quota: { ...TOLD, scope: 'key', firstMs: HOUR_MS, longestMs: DAY_MS },
};

/** How long one call alone may try a key before others may, in milliseconds. */
const TRIAL_MS = 30 * SECOND_MS;

/** A rest under way, or one that is over while nobody knows yet whether it has helped. */
export interface KeyRest {
  readonly reason: RestReason;
  /** Monotonic milliseconds. */
  untilMs: number;
  /** Refusals in a row, this one included. */
  readonly refusals: number;
  /** It is over, and one call finds out whether the key is good again; the others wait for that. */
  isOnTrial: boolean;
}

const REASON_OF_STATUS: ReadonlyMap<number, RestReason> = new Map([
  [402, 'no-credit'],
  [403, 'forbidden'],
]);

/** The provider does not take the key, or not for the model: waiting is not what helps. */
export function isRefusal(reason: RestReason): boolean {
  return REST_RULES[reason].longestToldMs === 0;
}

/** Whether the key rests as a whole, or only with the model that was called. */
export function restScope(reason: RestReason, error: RouterError): 'key' | 'model' {
  return error.limitScope ?? REST_RULES[reason].scope;
}

/** Undefined for failures that are not about the key. */
export function restReason(error: RouterError): RestReason | undefined {
  switch (error.code) {
    case 'upstream.auth':
      return REASON_OF_STATUS.get(error.upstreamStatus ?? 0) ?? 'rejected';
    case 'upstream.rate_limited':
      return 'rate-limited';
    case 'upstream.quota':
      return 'quota';
    default:
      return undefined;
  }
}

/** The rest after one more refusal; never shorter than what is left of the one before. `toldMs`: what the provider asks for. */
export function nextRest(
  before: KeyRest | undefined,
  reason: RestReason,
  toldMs: number | undefined,
  now: number,
): KeyRest {
  const isUnderWay = before !== undefined && before.untilMs > now && !before.isOnTrial;
  // Calls that were on their way together are refused together: that says no more than one of them.
  const refusals = before?.reason === reason ? before.refusals + (isUnderWay ? 0 : 1) : 1;
  const untilMs = now + restMs(REST_RULES[reason], refusals, toldMs);
  return isUnderWay && before.untilMs >= untilMs ? before : { reason, untilMs, refusals, isOnTrial: false };
}

const MOST_DOUBLINGS = 20;

function restMs(rule: RestRule, refusals: number, toldMs: number | undefined): number {
  // Who names no time to come has not said how long: asking at once, again and again, would help nobody.
  if (toldMs !== undefined && toldMs > 0 && rule.longestToldMs > 0) return Math.min(toldMs, rule.longestToldMs);
  if (refusals >= rule.deadAfter) return rule.longestMs;
  return Math.min(rule.longestMs, rule.firstMs * 2 ** Math.min(refusals - 1, MOST_DOUBLINGS));
}

export function isDead({ reason, refusals }: KeyRest): boolean {
  return refusals >= REST_RULES[reason].deadAfter;
}

/** Lets the one call that comes after a rest try the key alone. */
export function startTrial(rest: KeyRest, now: number): void {
  if (!REST_RULES[rest.reason].isTried) return;
  rest.isOnTrial = true;
  rest.untilMs = now + TRIAL_MS;
}

/** The call that tried the key failed for another reason: the next one may try. */
export function endTrial(rest: KeyRest, now: number): void {
  if (!rest.isOnTrial) return;
  rest.isOnTrial = false;
  rest.untilMs = now;
}

/**
 * Whether a call that went well ends the rest. A time that the provider has asked for is kept: the call may have begun
 * before.
 */
export function isEndedBySuccess({ reason, untilMs }: KeyRest, now: number): boolean {
  const isAsked = reason === 'rate-limited' || reason === 'quota';
  return !isAsked || untilMs <= now;
}
