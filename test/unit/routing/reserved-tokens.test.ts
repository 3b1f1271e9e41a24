import { expect, it } from 'vitest';
import { NO_NEEDS, type RequestNeeds } from '../../../src/canonical/needs.ts';
import { limitText } from '../../../src/routing/limits/limit-text.ts';
import { reservedTokens } from '../../../src/routing/limits/reserved-tokens.ts';
import { type ModelDraft, makeSnapshot } from '../../support/make-snapshot.ts';
import { modelOf, snapshotOf } from './limits-world.ts';

function reserved(needs: Partial<RequestNeeds>, draft: Omit<ModelDraft, 'name'> = {}): number {
  const [model] = makeSnapshot({ models: [{ name: 'm', ...draft }] }).ranked;
  if (model === undefined) throw new Error('no model');
  return reservedTokens(model, { ...NO_NEEDS, textLength: 400, ...needs });
}

it.each<[string, Partial<RequestNeeds>, Omit<ModelDraft, 'name'>, number]>([
  ['nothing is said of the answer', {}, {}, 1124],
  ['the model has a longest answer', {}, { maxOutputTokens: 5000 }, 5100],
  ['the request asks for less', { maxOutputTokens: 50 }, { maxOutputTokens: 5000 }, 150],
  ['the request asks for more than there is', { maxOutputTokens: 9000 }, { maxOutputTokens: 5000 }, 5100],
  ['the file asks where the request does not', {}, { defaultParams: { max_completion_tokens: 7 } }, 107],
  ['the request asks otherwise than the file', { maxOutputTokens: 8 }, { defaultParams: { max_tokens: 7 } }, 108],
  ['several answers are wanted', { maxOutputTokens: 50, answerCount: 3 }, {}, 250],
  ['the numbers make no sense', { maxOutputTokens: -50, answerCount: -3 }, {}, 100],
  ['the numbers are fractions', { maxOutputTokens: 0.5 }, {}, 101],
  ['the numbers are absurd', { maxOutputTokens: 1e300, answerCount: 1e300 }, {}, 1e9],
  ['there is no answer', { abilities: new Set(['embedding']) }, { maxOutputTokens: 5000 }, 100],
  ['text is completed', { abilities: new Set(['completion']), maxOutputTokens: 5 }, {}, 105],
])('reckons with prompt and answers where %s', (_case, needs, model, expected) => {
  expect(reserved(needs, model)).toBe(expected);
});

it.each([
  [{ maxRequests: 60, perSeconds: 60 }, undefined, '60 per 60 s'],
  [{ maxTokens: 9, maxConcurrency: 2 }, undefined, '9 tokens per 1 s, 2 at once'],
  [undefined, { maxConcurrency: 2 }, 'provider: 2 at once'],
  [{ maxRequests: 1 }, { maxRequests: 5 }, '1 per 1 s; provider: 5 per 1 s'],
])('tells people the limits %j and %j', (own, provider, text) => {
  expect(limitText(modelOf(snapshotOf({ m: own }, provider), 'm'))).toBe(text);
});
