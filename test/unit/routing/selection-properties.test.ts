import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ABILITIES, NO_NEEDS, type RequestNeeds } from '../../../src/canonical/needs.ts';
import type { RouterSnapshot } from '../../../src/config/snapshot.ts';
import { anyModel } from '../../../src/routing/any-model.ts';
import type { RouteQuery, SelectionContext } from '../../../src/routing/decision.ts';
import type { ModelLimits } from '../../../src/routing/model-limits.ts';
import { noMatchError } from '../../../src/routing/no-match.ts';
import { decide, explain } from '../../../src/routing/router-engine.ts';
import { makeSnapshot, type SnapshotDraft } from '../../support/make-snapshot.ts';
import { limitedState, makeLimits } from '../../support/routing-state.ts';

const PROVIDERS = ['p', 'q', 'r'];
const NAMES = ['a', 'b', 'c', 'd', 'e'];
const TAGS = ['t', 'u', 'v', 'w'];

const tags = fc.uniqueArray(fc.constantFrom(...TAGS), { maxLength: 3 });
const mostly = (value: boolean) => fc.oneof({ weight: 8, arbitrary: fc.constant(value) }, fc.constant(!value));

/** Every condition is rare, because many at once leave nothing to choose from. */
function rarely<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<readonly Value[]> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    value.map((one) => [one]),
  );
}

const modelDraft = fc.record({
  name: fc.constantFrom(...NAMES),
  provider: fc.constantFrom(...PROVIDERS),
  tags,
  priority: fc.integer({ min: 0, max: 2 }),
  isActive: mostly(true),
  abilities: fc.dictionary(fc.constantFrom('image', 'tools'), fc.boolean(), { maxKeys: 2 }),
  contextWindow: fc.option(fc.constantFrom(100, 1000), { nil: undefined }),
  rateLimit: fc.option(fc.record({ maxRequests: fc.constant(1), burstSize: fc.integer({ min: 1, max: 2 }) }), {
    nil: undefined,
  }),
});

const snapshotDraft: fc.Arbitrary<SnapshotDraft> = fc.record({
  providers: fc.tuple(
    ...PROVIDERS.map((name) =>
      fc.record({
        name: fc.constant(name),
        type: fc.constantFrom('x', 'y'),
        isActive: mostly(true),
        unavailable: rarely(fc.constant('no key')).map(([reason]) => reason),
      }),
    ),
  ),
  models: fc.uniqueArray(modelDraft, { maxLength: 12, selector: ({ provider, name }) => `${provider}/${name}` }),
}) as fc.Arbitrary<SnapshotDraft>;

interface Asked {
  readonly query: Omit<RouteQuery, 'named'>;
  /** Places in the ranked list; one beyond it is a model that the file does not list. */
  readonly named: readonly number[] | undefined;
  readonly needs: RequestNeeds;
  readonly forbidden: readonly string[];
  readonly taken: readonly number[];
}

const asked: fc.Arbitrary<Asked> = fc.record({
  query: fc.record({
    requested: fc.constant(undefined),
    tags: rarely(fc.constantFrom(...TAGS)),
    anyTags: rarely(fc.uniqueArray(fc.constantFrom(...TAGS), { minLength: 1, maxLength: 3 })),
    notTags: rarely(fc.constantFrom(...TAGS)),
    prefer: tags,
    providers: rarely(fc.subarray(PROVIDERS)).map(([providers]) => providers),
    excludeProviders: rarely(fc.constantFrom(...PROVIDERS)),
    providerTypes: rarely(fc.constant(['x'])).map(([types]) => types),
    excludeProviderTypes: fc.constant([]),
    name: rarely(fc.constantFrom(...NAMES)).map(([name]) => name),
    includeInactive: mostly(false),
  }),
  named: rarely(fc.uniqueArray(fc.nat(12), { minLength: 1, maxLength: 4 })).map(([places]) => places),
  needs: fc.record({
    abilities: fc
      .tuple(rarely(fc.constantFrom(...ABILITIES)), rarely(fc.constantFrom(...ABILITIES)))
      .map((abilities) => new Set(abilities.flat())),
    textLength: fc.constantFrom(0, 0, 1000, 10_000),
    maxOutputTokens: fc.constant(undefined),
  }),
  forbidden: rarely(fc.constantFrom(...NAMES)),
  taken: fc.array(fc.nat(11), { maxLength: 12 }),
});

interface Case {
  readonly snapshot: RouterSnapshot;
  readonly query: RouteQuery;
  readonly context: SelectionContext;
  readonly limits: ModelLimits;
}

const NOW = 100;

function makeCase(draft: SnapshotDraft, { query, named, needs, forbidden, taken }: Asked): Case {
  const snapshot = makeSnapshot(draft);
  const unlisted = [...snapshot.providers.values()].map((provider) => anyModel(snapshot, provider, 'unlisted'));
  const pool = [...snapshot.ranked, ...unlisted];
  const places = named && [...new Set(named.map((place) => place % pool.length))].sort((left, right) => left - right);
  const limits = makeLimits();
  for (const index of taken) {
    const model = snapshot.ranked[index];
    if (model !== undefined) limits.admit(model, NO_NEEDS, 0);
  }
  return {
    snapshot,
    limits,
    query: { ...query, requested: places && 'asked', named: places?.flatMap((place) => pool[place] ?? []) },
    context: {
      needs,
      state: limitedState(limits),
      now: NOW,
      permits: (model) => !forbidden.includes(model.name),
    },
  };
}

describe('selection', () => {
  it('explains what it decides, accounts for every model and changes nothing', () => {
    let emptied = 0;
    let chosen = 0;
    fc.assert(
      fc.property(snapshotDraft, asked, (draft, question) => {
        const { snapshot, query, context, limits } = makeCase(draft, question);
        const levels = limits.levels(NOW);
        const decision = decide(snapshot, query, context);
        const explanation = explain(snapshot, query, context);

        const candidates = explanation.candidates.map(({ model }) => model);
        expect(candidates).toEqual(decision.candidates.map((model) => model.key));
        const limited = explanation.excluded.filter(({ rule }) => rule === 'rate-limited');
        expect(new Set(limited.map((entry) => [entry.model, entry.retry_after_ms].join()))).toEqual(
          new Set(decision.limited.map(({ model, retryAfterMs }) => [model.key, retryAfterMs].join())),
        );

        const accounted = [...candidates, ...explanation.excluded.map(({ model }) => model)];
        const everyone = new Set([...snapshot.models.keys(), ...(query.named ?? []).map((model) => model.key)]);
        expect(accounted).toHaveLength(everyone.size);
        expect(new Set(accounted)).toEqual(everyone);

        expect(limits.levels(NOW)).toEqual(levels);
        expect(explain(snapshot, query, context)).toEqual(explanation);

        const isEmpty = decision.candidates.length === 0 && decision.limited.length === 0;
        emptied += isEmpty ? 1 : 0;
        chosen += decision.candidates.length > 1 ? 1 : 0;
        if (!isEmpty) return;
        const error = noMatchError(snapshot, query, context);
        expect(error.publicMessage).not.toMatch(/undefined|does not match/);
        expect([400, 403, 404, 503]).toContain(error.status);
      }),
      { numRuns: 3000 },
    );
    // The cases are worth something only if both kinds occur often.
    expect(Math.min(emptied, chosen)).toBeGreaterThan(300);
  });

  it('orders by preferred tags, then by priority, then by name descending', () => {
    fc.assert(
      fc.property(snapshotDraft, asked, (draft, question) => {
        const { snapshot, query, context } = makeCase(draft, question);
        const ranks = decide(snapshot, query, context).candidates.map((model) => ({
          preferred: query.prefer.filter((tag) => model.tags.has(tag)).length,
          place: [...(query.named ?? []), ...snapshot.ranked].indexOf(model),
        }));
        for (const [index, rank] of ranks.entries()) {
          const next = ranks[index + 1];
          if (next === undefined) continue;
          const isBefore =
            rank.preferred > next.preferred || (rank.preferred === next.preferred && rank.place < next.place);
          expect(isBefore).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('does not depend on the order in which anything is written', () => {
    // Models of the same name and priority are ordered by the file, so each name is used once.
    const distinctNames = snapshotDraft.map((draft) => {
      const models = (draft.models ?? []).filter(
        (model, index, all) => all.findIndex((other) => other.name === model.name) === index,
      );
      return { ...draft, models };
    });
    fc.assert(
      fc.property(distinctNames, asked, fc.infiniteStream(fc.nat()), (draft, question, numbers) => {
        const shuffle = <Item>(items: readonly Item[]): Item[] =>
          items
            .map((item) => ({ item, at: numbers.next().value as number }))
            .sort((left, right) => left.at - right.at)
            .map(({ item }) => item);
        const base = { ...question, named: undefined };
        const { query } = base;
        const shuffledQuery = {
          ...query,
          tags: shuffle(query.tags),
          anyTags: shuffle(query.anyTags).map(shuffle),
          notTags: shuffle(query.notTags),
          prefer: shuffle(query.prefer),
          providers: query.providers && shuffle(query.providers),
        };
        const first = makeCase(draft, base);
        const models = shuffle(draft.models ?? []).map((model) => ({ ...model, tags: shuffle(model.tags ?? []) }));
        const second = makeCase({ ...draft, models }, { ...base, query: shuffledQuery });
        const keysOf = ({ snapshot, query: asks, context }: Case): readonly string[] =>
          decide(snapshot, asks, context).candidates.map((model) => model.key);
        expect(keysOf(second)).toEqual(keysOf(first));
      }),
      { numRuns: 1000 },
    );
  });
});
