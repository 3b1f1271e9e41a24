import { describe, expect, test } from 'vitest';
import { NO_NEEDS } from '../../../src/canonical/needs.ts';
import type { ModelEntry } from '../../../src/config/snapshot.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import { buildQuery } from '../../../src/routing/build-query.ts';
import type { MeaningfulLoss, SelectionContext } from '../../../src/routing/decision.ts';
import { noMatchError } from '../../../src/routing/no-match.ts';
import { decide, explain } from '../../../src/routing/router-engine.ts';
import { IDLE_STATE } from '../../../src/routing/routing-state.ts';
import { makeSnapshot } from '../../support/make-snapshot.ts';

const snapshot = makeSnapshot({
  models: [
    { name: 'first', tags: ['chat'], priority: 3 },
    { name: 'second', tags: ['chat'], priority: 2 },
    { name: 'third', tags: ['chat'], priority: 1 },
  ],
});
const query = buildQuery(snapshot, { modelName: 'tag:chat', selections: [] });

function contextWith(losses: Readonly<Record<string, MeaningfulLoss>>): SelectionContext {
  const lossOf = ({ name }: ModelEntry): MeaningfulLoss | undefined => losses[name];
  return { needs: NO_NEEDS, permits: undefined, state: IDLE_STATE, now: 0, lossOf };
}

const refused: MeaningfulLoss = { detail: 'would lose tool_choice', isTolerated: false };
const tolerated: MeaningfulLoss = { ...refused, isTolerated: true };

function namesOf(losses: Readonly<Record<string, MeaningfulLoss>>): string[] {
  return decide(snapshot, query, contextWith(losses)).candidates.map(({ name }) => name);
}

describe('a model that would lose what matters', () => {
  test('is no candidate while another gets everything, tolerated or not', () => {
    expect(namesOf({ first: refused })).toEqual(['second', 'third']);
    expect(namesOf({ first: tolerated, third: refused })).toEqual(['second']);
  });

  test('serves where the configuration tolerates it and nobody does better', () => {
    expect(namesOf({ first: refused, second: tolerated, third: tolerated })).toEqual(['second', 'third']);
  });

  test('is explained', () => {
    const { excluded } = explain(snapshot, query, contextWith({ first: tolerated, second: refused }));
    expect(excluded).toEqual([
      { model: 'openai/first', rule: 'cannot-serve', detail: 'would lose tool_choice, while others do not' },
      { model: 'openai/second', rule: 'cannot-serve', detail: 'would lose tool_choice' },
    ]);
  });

  test('is named in the error where nobody is left', () => {
    const context = contextWith({ first: refused, second: refused, third: refused });
    expect(decide(snapshot, query, context).candidates).toEqual([]);
    const error = noMatchError(snapshot, query, context);
    expect(error).toBeInstanceOf(RouterError);
    expect(error.publicMessage).toContain('would lose tool_choice');
  });
});
