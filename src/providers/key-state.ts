import type { KeyEntry } from './key-entry.ts';
import { isDead, type KeyRest, type RestReason } from './key-rest.ts';

/** Of a limit that the provider has told of. */
interface LimitState {
  readonly name: string;
  readonly limit: number | null;
  readonly remaining: number;
  readonly resets_in_ms: number;
}

interface KeyModelState {
  readonly model: string;
  /** Why the key rests for this model; null where it does not. */
  readonly reason: RestReason | null;
  readonly retry_after_ms: number;
  readonly limits: readonly LimitState[];
}

/** One key, for people who look at a running router. */
export interface KeyState {
  readonly id: string;
  /** A `dead` key was refused again and again; it is tried once an hour, and at once when the file has another one. */
  readonly state: 'live' | 'resting' | 'dead';
  readonly reason?: RestReason;
  /** Until the key is used again, in milliseconds. */
  readonly retry_after_ms?: number;
  /** Models with which the key rests, or whose limits the provider has told. */
  readonly models?: readonly KeyModelState[];
}

export function keyState({ key, rest, models }: KeyEntry, now: number): KeyState {
  const shown = [...(models ?? [])].map(([model, known]) => {
    const limits = (known.meter?.readings(now) ?? []).map(({ name, limit = null, remaining, resetMs }) => {
      return { name, limit, remaining, resets_in_ms: Math.ceil(resetMs) };
    });
    const retryAfterMs = restLeft(known.rest, now);
    const reason = retryAfterMs > 0 ? (known.rest?.reason ?? null) : null;
    return { model, reason, retry_after_ms: retryAfterMs, limits };
  });
  const telling = shown.filter(({ reason, limits }) => reason !== null || limits.length > 0);
  return { id: key.id, ...stateOf(rest, now), ...(telling.length === 0 ? {} : { models: telling }) };
}

function stateOf(rest: KeyRest | undefined, now: number): Pick<KeyState, 'state' | 'reason' | 'retry_after_ms'> {
  if (rest === undefined) return { state: 'live' };
  const { reason } = rest;
  const retryAfterMs = restLeft(rest, now);
  if (isDead(rest)) return { state: 'dead', reason, retry_after_ms: retryAfterMs };
  return retryAfterMs === 0 ? { state: 'live' } : { state: 'resting', reason, retry_after_ms: retryAfterMs };
}

function restLeft(rest: KeyRest | undefined, now: number): number {
  return rest === undefined ? 0 : Math.max(0, Math.ceil(rest.untilMs - now));
}
