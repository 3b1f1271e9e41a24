import type { RequestNeeds } from '../canonical/needs.ts';
import type { RouterError } from '../errors/router-error.ts';
import type { Secret } from '../lib/secret.ts';
import { endTrial, isEndedBySuccess, type KeyRest, nextRest, type RestReason, restScope } from './key-rest.ts';
import type { LimitMeter } from './limit-meter.ts';

export interface RingKey {
  /** Undefined for the one nameless key of a provider that is called without any. */
  readonly secret: Secret | undefined;
  /** The first 8 hexadecimal digits of the key's SHA-256: enough to tell keys apart, of no use to anybody else. */
  readonly id: string;
}

/** What is known of one key together with one model. */
export interface KeyModel {
  rest: KeyRest | undefined;
  meter: LimitMeter | undefined;
}

/** A key and everything that is known of it. */
export interface KeyEntry {
  readonly digest: string;
  readonly key: RingKey;
  rest: KeyRest | undefined;
  /** Undefined until there is something to know; the oldest model goes when there are too many. */
  models: Map<string, KeyModel> | undefined;
}

const MAX_MODELS = 512;

export function modelOf(entry: KeyEntry, modelKey: string): KeyModel {
  entry.models ??= new Map();
  const known = entry.models.get(modelKey);
  if (known !== undefined) return known;
  const [oldest] = entry.models.keys();
  if (oldest !== undefined && entry.models.size >= MAX_MODELS) entry.models.delete(oldest);
  const made: KeyModel = { rest: undefined, meter: undefined };
  entry.models.set(modelKey, made);
  return made;
}

/** Milliseconds until the key may be used for the model, 0 where it may now. */
export function msUntilUsable(entry: KeyEntry, modelKey: string, needs: RequestNeeds, now: number): number {
  if (entry.rest === undefined && entry.models === undefined) return 0;
  const restMs = (restOf(entry, modelKey, now)?.untilMs ?? now) - now;
  const meter = entry.models?.get(modelKey)?.meter;
  return meter === undefined ? restMs : Math.max(restMs, meter.msUntil(needs, now));
}

/** The rest that keeps the key from the model, of two the longer one. */
export function restOf({ rest, models }: KeyEntry, modelKey: string, now: number): KeyRest | undefined {
  const ofModel = models?.get(modelKey)?.rest;
  const longer = (ofModel?.untilMs ?? 0) > (rest?.untilMs ?? 0) ? ofModel : rest;
  return longer !== undefined && longer.untilMs > now ? longer : undefined;
}

/** The provider refused a call with this key. Without a key there is no account that all models would share. */
export function refuse(entry: KeyEntry, modelKey: string, reason: RestReason, error: RouterError, now: number): void {
  const isAccount = entry.key.secret !== undefined && restScope(reason, error) === 'key';
  const holder = isAccount ? entry : modelOf(entry, modelKey);
  holder.rest = nextRest(holder.rest, reason, error.retryAfterMs, now);
}

/** The provider took a call with this key. */
export function accept(entry: KeyEntry, modelKey: string, now: number): void {
  if (entry.rest !== undefined && isEndedBySuccess(entry.rest, now)) entry.rest = undefined;
  const model = entry.models?.get(modelKey);
  if (model?.rest !== undefined && isEndedBySuccess(model.rest, now)) model.rest = undefined;
}

/** The call failed for a reason that says nothing about the key. */
export function stayUnsure(entry: KeyEntry, now: number): void {
  if (entry.rest !== undefined) endTrial(entry.rest, now);
}
