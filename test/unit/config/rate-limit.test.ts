import { describe, expect, test } from 'vitest';
import type { ModelEntry } from '../../../src/config/snapshot.ts';
import { linesOf, snapshotOf } from './load-text.ts';

const text = (provider: string, model: string): string =>
  `[[providers]]\nname = "p"\ntype = "ollama"\n${provider}\n[[models]]\nname = "m"\nprovider = "p"\n${model}\n`;

function modelOf(provider: string, model: string): ModelEntry {
  const found = snapshotOf(text(provider, model)).models.get('p/m');
  if (found === undefined) throw new Error('no model');
  return found;
}

test('a model and its provider have limits of their own', () => {
  const { rateLimit, provider } = modelOf(
    'rate_limit = { max_requests = 30, burst_size = 40, max_tokens = 15_000, per_seconds = 10, max_concurrency = 8, max_wait_ms = 0 }',
    'rate_limit = { max_tokens = 7, per_seconds = 5, notes = "n", config = { a = 1 } }',
  );
  expect(provider.rateLimit).toEqual({
    maxRequests: 30,
    burstSize: 40,
    maxTokens: 15_000,
    perSeconds: 10,
    maxConcurrency: 8,
    maxWaitMs: 0,
  });
  expect(rateLimit).toEqual({
    maxRequests: undefined,
    burstSize: undefined,
    maxTokens: 7,
    perSeconds: 5,
    maxConcurrency: undefined,
    // The provider says it for its models.
    maxWaitMs: 0,
    notes: 'n',
    config: { a: 1 },
  });
});

test('one maximum is enough, and a window is a minute long', () => {
  const { rateLimit, provider } = modelOf('rate_limit = { max_requests = 9 }', 'rate_limit = { max_concurrency = 1 }');
  expect(provider.rateLimit).toMatchObject({ maxRequests: 9, burstSize: 9, perSeconds: 60, maxWaitMs: 2000 });
  expect(rateLimit).toMatchObject({ maxRequests: undefined, maxConcurrency: 1, perSeconds: 60, maxWaitMs: 2000 });
});

test('a provider may say no more than how long requests wait', () => {
  const { rateLimit, provider } = modelOf('rate_limit = { max_wait_ms = 5 }', 'rate_limit = { max_tokens = 1 }');
  expect(provider.rateLimit).toBeUndefined();
  expect(rateLimit?.maxWaitMs).toBe(5);
});

describe('what makes no sense', () => {
  test.each([
    [
      'rate_limit = { max_requests = 5, burst_size = 4 }',
      '',
      '4:34 providers[0].rate_limit.burst_size: expected at least max_requests (5), found 4',
    ],
    [
      '',
      'rate_limit = { max_requests = 5, burst_size = 4 }',
      '8:34 models[0].rate_limit.burst_size: expected at least max_requests (5), found 4',
    ],
    [
      '',
      'rate_limit = { max_wait_ms = 5 }',
      '8:1 models[0].rate_limit: `max_requests`, `max_tokens` or `max_concurrency` is missing',
    ],
    [
      'rate_limit = { max_tokens = 0 }',
      '',
      '4:16 providers[0].rate_limit.max_tokens: expected an integer of at least 1, found 0',
    ],
  ])('%s%s', (provider, model, line) => {
    expect(linesOf(text(provider, model), 'error')).toEqual([line]);
  });

  test('burst_size without requests is only said', () => {
    const file = text('', 'rate_limit = { max_tokens = 5, burst_size = 4 }');
    expect(linesOf(file, 'warning')).toEqual([
      '8:32 models[0].rate_limit.burst_size: has no effect without `max_requests`',
    ]);
  });
});
