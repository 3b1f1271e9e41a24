import { type Ability, NO_NEEDS, type RequestNeeds } from '../../src/canonical/needs.ts';
import type { ModelEntry } from '../../src/config/snapshot.ts';
import { buildQuery } from '../../src/routing/build-query.ts';
import type { Selection } from '../../src/routing/read-selection.ts';
import { decide } from '../../src/routing/router-engine.ts';
import { type ModelDraft, makeSnapshot } from '../support/make-snapshot.ts';
import { limitedState, makeLimits } from '../support/routing-state.ts';

/** What one decision may take at the largest size, in microseconds. */
const LIMIT_MICROSECONDS = 50;
const SIZES = [50, 500];
const ROUNDS = 200;
const DECISIONS_PER_ROUND = 100;

const TAGS = ['chat', 'coding', 'fast', 'cheap', 'free', 'local', 'qwen', 'image', 'reasoning', 'chinese'];

interface Case {
  readonly name: string;
  readonly modelName?: string;
  readonly selection?: Selection;
  readonly abilities?: readonly Ability[];
  readonly isRestricted?: boolean;
}

const CASES: readonly Case[] = [
  { name: 'everything' },
  { name: 'one tag', selection: { tags: ['coding'] } },
  { name: 'three tags', selection: { tags: ['chat', 'coding', 'fast'] } },
  { name: 'expression', modelName: 'tag:coding+fast|cheap+!local' },
  { name: 'expression with preferences', modelName: 'tag:chat+fast|cheap+!local?prefer=free,qwen,chinese' },
  { name: 'provider types', selection: { providerTypes: ['type-1', 'type-2'], excludeProviders: ['provider-1'] } },
  { name: 'needs tools and images', abilities: ['tools', 'image'] },
  { name: 'restricted key', isRestricted: true, selection: { tags: ['chat'] } },
  { name: 'named model', modelName: 'provider-1/model-1' },
  { name: 'no match', selection: { tags: ['chat', 'unheard-of'] } },
];

/** Models of ten providers with a few tags each, every third one with a limit: always the same ones. */
function makeModels(count: number): ModelDraft[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `model-${index}`,
    provider: `provider-${index % 10}`,
    tags: ['chat', ...TAGS.filter((_tag, place) => ((index + 1) * (place + 3) * 7919) % 11 < 5)],
    priority: index % 5,
    contextWindow: index % 2 === 0 ? 131_072 : 8192,
    ...(index % 3 === 0 ? { rateLimit: { maxRequests: 60, perSeconds: 60 } } : {}),
    ...(index % 4 === 0 ? { abilities: { tools: true, image: index % 8 === 0 } } : {}),
  }));
}

interface Measurement {
  /** Of one decision in the least disturbed round. */
  readonly microseconds: number;
  readonly candidates: number;
}

function measure(
  { modelName, selection = {}, abilities = [], isRestricted = false }: Case,
  count: number,
): Measurement {
  const providers = Array.from({ length: 10 }, (_, index) => ({
    name: `provider-${index}`,
    type: `type-${index % 3}`,
  }));
  const snapshot = makeSnapshot({ providers, models: makeModels(count) });
  const query = buildQuery(snapshot, { modelName, selections: [selection] });
  const limits = makeLimits();
  for (const model of snapshot.ranked) limits.admit(model, NO_NEEDS, 0);
  const state = limitedState(limits);
  const allowed = new Set(snapshot.ranked.filter((_model, index) => index % 2 === 0).map((model) => model.key));
  const needs: RequestNeeds = { ...NO_NEEDS, textLength: 4000, abilities: new Set(abilities) };
  const permits = isRestricted ? ({ key }: ModelEntry) => allowed.has(key) : undefined;
  let candidates = 0;
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    const startedAt = performance.now();
    for (let index = 0; index < DECISIONS_PER_ROUND; index += 1) {
      candidates = decide(snapshot, query, { needs, permits, state, now: round * 1000 + index }).candidates.length;
    }
    return ((performance.now() - startedAt) * 1000) / DECISIONS_PER_ROUND;
  });
  return { microseconds: Math.min(...rounds), candidates };
}

let slowest = 0;
console.log(`one decision, best of ${ROUNDS} rounds of ${DECISIONS_PER_ROUND}, in µs (and candidates found)`);
for (const entry of CASES) {
  const columns = SIZES.map((size) => {
    const { microseconds, candidates } = measure(entry, size);
    slowest = Math.max(slowest, microseconds);
    return `${size} models ${microseconds.toFixed(1).padStart(5)} (${candidates})`.padEnd(24);
  });
  console.log(`${entry.name.padEnd(28)} ${columns.join(' ')}`);
}
const isFastEnough = slowest < LIMIT_MICROSECONDS;
console.log(
  `slowest ${slowest.toFixed(1)} µs: ${isFastEnough ? 'under' : 'OVER'} the limit of ${LIMIT_MICROSECONDS} µs`,
);
process.exitCode = isFastEnough ? 0 : 1;
