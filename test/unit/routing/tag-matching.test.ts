import { describe, expect, it } from 'vitest';
import { NO_NEEDS } from '../../../src/canonical/needs.ts';
import { buildQuery } from '../../../src/routing/build-query.ts';
import type { SkipRule } from '../../../src/routing/decision.ts';
import type { Selection } from '../../../src/routing/read-selection.ts';
import { decide, explain } from '../../../src/routing/router-engine.ts';
import { IDLE_STATE } from '../../../src/routing/routing-state.ts';
import { makeSnapshot } from '../../support/make-snapshot.ts';

const YES = 'candidate';

type Row = readonly [asked: string, selection: Selection, model: readonly string[], expected: typeof YES | SkipRule];

/** What is asked, of a model with these tags, and what comes of it. */
const TRUTH_TABLE: readonly Row[] = [
  ['nothing', {}, [], YES],
  ['nothing', {}, ['a'], YES],

  ['tags a', { tags: ['a'] }, [], 'missing-tag'],
  ['tags a', { tags: ['a'] }, ['a'], YES],
  ['tags a', { tags: ['a'] }, ['b'], 'missing-tag'],
  ['tags a', { tags: ['a'] }, ['a', 'b'], YES],
  ['tags a,b', { tags: ['a', 'b'] }, ['a'], 'missing-tag'],
  ['tags a,b', { tags: ['a', 'b'] }, ['b'], 'missing-tag'],
  ['tags a,b', { tags: ['a', 'b'] }, ['a', 'b'], YES],
  ['tags b,a', { tags: ['b', 'a'] }, ['a', 'b', 'c'], YES],
  ['tags a,a', { tags: ['a', 'a'] }, ['a'], YES],

  ['any a,b', { anyTags: ['a', 'b'] }, [], 'no-any-tag'],
  ['any a,b', { anyTags: ['a', 'b'] }, ['a'], YES],
  ['any a,b', { anyTags: ['a', 'b'] }, ['b'], YES],
  ['any a,b', { anyTags: ['a', 'b'] }, ['a', 'b'], YES],
  ['any a,b', { anyTags: ['a', 'b'] }, ['c'], 'no-any-tag'],
  ['any of nothing', { anyTags: [] }, [], YES],

  ['not a', { notTags: ['a'] }, [], YES],
  ['not a', { notTags: ['a'] }, ['a'], 'forbidden-tag'],
  ['not a', { notTags: ['a'] }, ['b'], YES],
  ['not a', { notTags: ['a'] }, ['a', 'b'], 'forbidden-tag'],
  ['not a,b', { notTags: ['a', 'b'] }, ['b'], 'forbidden-tag'],
  ['not a,b', { notTags: ['a', 'b'] }, ['c'], YES],

  ['prefer a', { prefer: ['a'] }, [], YES],
  ['prefer a', { prefer: ['a'] }, ['b'], YES],

  ['a and one of b,c', { tags: ['a'], anyTags: ['b', 'c'] }, ['a'], 'no-any-tag'],
  ['a and one of b,c', { tags: ['a'], anyTags: ['b', 'c'] }, ['b', 'c'], 'missing-tag'],
  ['a and one of b,c', { tags: ['a'], anyTags: ['b', 'c'] }, ['a', 'c'], YES],
  ['a and not b', { tags: ['a'], notTags: ['b'] }, ['a'], YES],
  ['a and not b', { tags: ['a'], notTags: ['b'] }, ['a', 'b'], 'forbidden-tag'],
  ['a and not b', { tags: ['a'], notTags: ['b'] }, ['b'], 'missing-tag'],
  ['a and not a', { tags: ['a'], notTags: ['a'] }, ['a'], 'forbidden-tag'],
  ['a and not a', { tags: ['a'], notTags: ['a'] }, [], 'missing-tag'],
  ['one of a,b and not a', { anyTags: ['a', 'b'], notTags: ['a'] }, ['b'], YES],
  ['one of a,b and not a', { anyTags: ['a', 'b'], notTags: ['a'] }, ['a', 'b'], 'forbidden-tag'],

  ['tags A', { tags: ['A'] }, ['a'], 'missing-tag'],
  ['tags with blanks around', { tags: ['  a '] }, ['a'], YES],
  ['part of a tag', { tags: ['cod'] }, ['coding'], 'missing-tag'],
  ['more than a tag', { tags: ['coding'] }, ['cod'], 'missing-tag'],
  ['a tag of another script', { tags: ['编程'] }, ['编程'], YES],
  ['a composed letter', { tags: ['é'] }, ['e\u0301'], 'missing-tag'],
  ['names of built-in members', { tags: ['constructor'] }, [], 'missing-tag'],
  ['names of built-in members', { tags: ['__proto__'] }, ['__proto__'], YES],
];

describe('tag matching', () => {
  it.each(TRUTH_TABLE)('%s %j of %j: %s', (_asked, selection, tags, expected) => {
    const snapshot = makeSnapshot({ models: [{ name: 'model', tags }] });
    const query = buildQuery(snapshot, { modelName: undefined, selections: [selection] });
    const context = { needs: NO_NEEDS, permits: undefined, state: IDLE_STATE, now: 0 };
    const { candidates, excluded } = explain(snapshot, query, context);
    const outcome = candidates.length === 1 ? YES : excluded[0]?.rule;
    expect(outcome).toBe(expected);
    expect(decide(snapshot, query, context).candidates).toHaveLength(expected === YES ? 1 : 0);
  });
});
