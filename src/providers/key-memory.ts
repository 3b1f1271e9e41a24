import type { LimitReading } from '../lib/rate-limit-headers.ts';
import { type KeyEntry, modelOf } from './key-entry.ts';
import { isRefusal, type KeyRest, type RestReason } from './key-rest.ts';
import type { LearnedByKeys } from './learned-limits.ts';
import { LimitMeter } from './limit-meter.ts';

/** What is over sooner is not worth writing down. */
const SHORTEST_MS = 2000;

/** What the provider has told about a key that a restart must not forget. A refused key is simply tried again. */
export function learnedOf(entry: KeyEntry, now: number): LearnedByKeys[] {
  const learned = restRows(entry, '', entry.rest, now);
  for (const [model, { rest, meter }] of entry.models ?? []) {
    learned.push(...restRows(entry, model, rest, now));
    for (const reading of meter?.tightReadings(now) ?? []) learned.push(limitRow(entry, model, reading));
  }
  return learned.filter(({ resetMs }) => resetMs >= SHORTEST_MS);
}

function restRows({ key }: KeyEntry, model: string, rest: KeyRest | undefined, now: number): LearnedByKeys[] {
  if (rest === undefined || isRefusal(rest.reason)) return [];
  const resetMs = rest.untilMs - now;
  return [
    { keyId: key.id, model, name: rest.reason, unit: 'rest', limit: undefined, remaining: 0, isSteady: false, resetMs },
  ];
}

function limitRow({ key }: KeyEntry, model: string, reading: LimitReading): LearnedByKeys {
  return { keyId: key.id, model, ...reading };
}

const KEPT_REASONS: ReadonlyMap<string, RestReason> = new Map([
  ['rate-limited', 'rate-limited'],
  ['quota', 'quota'],
]);

/** Gives a key back what an earlier run knew about it. */
export function restoreInto(entry: KeyEntry, learned: readonly LearnedByKeys[], now: number): void {
  const readings = new Map<string, LimitReading[]>();
  for (const { keyId, model, name, unit, resetMs, limit, remaining, isSteady } of learned) {
    if (keyId !== entry.key.id) continue;
    if (unit === 'rest') {
      restoreRest(entry, model, KEPT_REASONS.get(name), now + resetMs);
      continue;
    }
    const ofModel = readings.get(model) ?? [];
    readings.set(model, ofModel);
    ofModel.push({ name, unit, limit, remaining, resetMs, isSteady });
  }
  for (const [model, ofModel] of readings) {
    const meter = new LimitMeter();
    meter.observe(ofModel, now);
    modelOf(entry, model).meter = meter;
  }
}

function restoreRest(entry: KeyEntry, model: string, reason: RestReason | undefined, untilMs: number): void {
  if (reason === undefined) return;
  const holder = model === '' ? entry : modelOf(entry, model);
  holder.rest = { reason, untilMs, refusals: 1, isOnTrial: false };
}
