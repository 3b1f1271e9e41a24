import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asArray, asObject, type JsonObject } from '../../../src/lib/json.ts';
import type { MockCall } from '../../../src/providers/mock-call.ts';
import { MockMemory } from '../../../src/providers/mock-memory.ts';
import { MOCK_SCRIPTS, mockScriptProblem, scriptedSteps } from '../../../src/providers/mock-script.ts';
import type { MockStep } from '../../../src/providers/mock-step.ts';

const CREATED_AT = 1_700_000_000;
const EXAMPLES: Readonly<Record<string, string>> = { n: '2', ms: '3', s: '7', percent: '30', status: '503' };

const exampleOf = (form: string): string => form.replace(/<(\w+)>/g, (_all, kind: string) => EXAMPLES[kind] ?? '');

function callOf(model: string, isStream = false): MockCall {
  return {
    model,
    isStream,
    includesUsage: true,
    question: 'Hello there',
    toolResult: undefined,
    tool: undefined,
    answerSchema: undefined,
    maxTokens: Number.POSITIVE_INFINITY,
    promptTokens: 2,
    id: 'x',
    createdAt: CREATED_AT,
  };
}

interface Asking {
  readonly isStream?: boolean;
  readonly key?: string;
  readonly config?: JsonObject;
  readonly memory?: MockMemory;
  readonly now?: number;
}

const MOST_STEPS = 1000;

function play(
  model: string,
  { isStream, key = model, config = {}, memory = new MockMemory(), now = 0 }: Asking = {},
): MockStep[] {
  const steps: MockStep[] = [];
  for (const step of scriptedSteps({ call: callOf(model, isStream), key, config, memory, now })) {
    steps.push(step);
    if (steps.length === MOST_STEPS) break;
  }
  return steps;
}

const headOf = (steps: readonly MockStep[]): Extract<MockStep, { kind: 'head' }> | undefined =>
  steps.find((step) => step.kind === 'head');
const statusOf = (steps: readonly MockStep[]): number | undefined => headOf(steps)?.status;
const headersOf = (steps: readonly MockStep[]): Readonly<Record<string, string>> => headOf(steps)?.headers ?? {};
const textOf = (steps: readonly MockStep[]): string =>
  steps.map((step) => (step.kind === 'data' ? step.text : '')).join('');
const jsonOf = (steps: readonly MockStep[]): JsonObject => JSON.parse(textOf(steps)) as JsonObject;
const lastOf = (steps: readonly MockStep[]): string | undefined => steps.at(-1)?.kind;

test('the documentation lists every script, and only these', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../../docs/providers.md'), 'utf8');
  const section = text.slice(text.indexOf('## The mock'));
  const listed = [...section.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) => cell.match(/`[^`]+`/g) ?? []);
  expect(listed.map((name) => name.slice(1, -1)).sort()).toEqual(MOCK_SCRIPTS.map(({ form }) => form).sort());
});

test.each(MOCK_SCRIPTS.map(({ form }) => form))('%s is found by its name', (form) => {
  const known = { script: [exampleOf(form)] };
  expect(mockScriptProblem(known)).toBeUndefined();
  for (const isStream of [false, true]) {
    const steps = play(exampleOf(form), { isStream });
    expect(statusOf(steps)).not.toBe(404);
    // Nothing may follow the end of a reply.
    const ending = steps.findIndex(({ kind }) => kind === 'end' || kind === 'reset');
    expect([-1, steps.length - 1]).toContain(ending);
  }
});

test('any name is answered with steps', () => {
  const names = fc.oneof(
    fc.string(),
    fc.string().map((tail) => `fault-${tail}`),
    fc.constantFrom('fault-status-99999'),
  );
  fc.assert(fc.property(names, fc.boolean(), (name, isStream) => headOf(play(name, { isStream })) !== undefined));
});

describe('error statuses', () => {
  test.each([
    ['after-7', { 'retry-after': '7' }],
    ['after-ms-1500', { 'retry-after-ms': '1500' }],
    ['after-date-7', { 'retry-after': 'Tue, 14 Nov 2023 22:13:27 GMT' }],
    ['after-nonsense', { 'retry-after': 'soon' }],
    ['after-text-7', {}],
    ['after-info-7', {}],
  ])('fault-status-429-%s', (form, headers) => {
    const steps = play(`fault-status-429-${form}`);
    expect(statusOf(steps)).toBe(429);
    expect(headersOf(steps)).toEqual({ 'content-type': 'application/json', ...headers });
  });

  test('the body may say when to come back', () => {
    expect(textOf(play('fault-status-503-after-text-7'))).toContain('Please try again in 7s.');
    const [google] = asArray(JSON.parse(textOf(play('fault-status-429-after-info-7'))));
    expect(asObject(google)['error']).toMatchObject({ details: [{ retryDelay: '7s' }] });
  });

  test('quotas that are used up', () => {
    expect(jsonOf(play('fault-quota'))['error']).toMatchObject({ code: 'insufficient_quota' });
    expect(jsonOf(play('fault-quota-spend'))['error']).toMatchObject({ code: 'enforced_spend_limit_reached' });
    expect(textOf(play('fault-quota-day'))).toContain('PerDay');
    for (const name of ['fault-quota', 'fault-quota-spend', 'fault-quota-day']) {
      expect([statusOf(play(name)), headersOf(play(name))['retry-after']]).toEqual([429, undefined]);
    }
  });
});

describe('answers with status 200 that are none', () => {
  test('errors in the body, or as the first event', () => {
    for (const isStream of [false, true]) {
      const steps = play('fault-error-in-200', { isStream });
      expect([statusOf(steps), headersOf(steps)['content-type']]).toEqual([200, 'application/json']);
      expect(jsonOf(steps)['error']).toBeDefined();
    }
    expect(textOf(play('fault-error-first', { isStream: true }))).toMatch(/^data: \{"error":/);
  });

  test('broken JSON, and nothing but the end', () => {
    expect(() => jsonOf(play('fault-json'))).toThrow();
    expect(textOf(play('fault-json', { isStream: true }))).toMatch(/^data: \{.*brok\n\n$/);
    expect(textOf(play('fault-done-only', { isStream: true }))).toBe('data: [DONE]\n\n');
    expect(jsonOf(play('fault-done-only'))).toEqual({});
  });

  test('silence and signs of life', () => {
    const silent = play('fault-stall-before-token', { isStream: true });
    expect(silent.map(({ kind }) => kind)).toEqual(['head', 'data']);
    expect(textOf(silent)).toContain('"content":""');
    const comments = play('fault-comments', { isStream: true });
    expect(comments).toHaveLength(MOST_STEPS);
    expect(new Set(comments.flatMap((step) => (step.kind === 'data' ? [step.text] : [])))).toEqual(
      new Set([': keep-alive\n\n']),
    );
    expect(textOf(play('fault-comments')).trim()).toBe('');
    const later = play('fault-comments-midstream-after-2', { isStream: true });
    expect(textOf(later)).toMatch(/"content":" is".*\n\n(: keep-alive\n\n)+$/s);
  });

  test('an endless answer goes on', () => {
    const stream = play('fault-endless', { isStream: true });
    expect(stream).toHaveLength(MOST_STEPS);
    expect(textOf(stream)).toContain('"content":" 400"');
    expect(play('fault-endless')).toHaveLength(MOST_STEPS);
  });

  test('what follows a good beginning is nonsense', () => {
    expect(textOf(play('fault-json-midstream-after-2', { isStream: true }))).toMatch(/"content":" is".*brok\n\n$/s);
    expect(textOf(play('fault-html-midstream-after-2', { isStream: true }))).toMatch(/"content":" is".*<html>/s);
  });
});

describe('answers that lack something', () => {
  const echo = textOf(play('mock-echo', { isStream: true }));
  const like = (name: string, isStream: boolean): string =>
    textOf(play(name, { isStream })).replaceAll(name, 'mock-echo');

  test('usage', () => {
    expect(like('fault-no-usage', true)).not.toContain('usage');
    expect(like('fault-no-usage', true)).toContain('[DONE]');
    expect(jsonOf(play('fault-no-usage'))['usage']).toBeUndefined();
    expect(jsonOf(play('fault-absurd-usage'))['usage']).toMatchObject({ prompt_tokens: -5, completion_tokens: 'many' });
    expect(like('fault-absurd-usage', true)).toContain('"prompt_tokens":-5');
  });

  test('finish reason and end marker', () => {
    expect(like('fault-no-finish', true)).not.toContain('"stop"');
    expect(like('fault-no-finish', true)).toContain('[DONE]');
    expect(like('fault-no-done', true)).toBe(echo.replace('data: [DONE]\n\n', ''));
  });

  test('a dripping answer is whole all the same', () => {
    expect(like('fault-drip-3', true)).toContain('[DONE]');
    const pieces = play('fault-drip-3', { isStream: true }).filter(({ kind }) => kind === 'data');
    expect(Math.max(...pieces.map((step) => textOf([step]).length))).toBe(16);
    expect(jsonOf(play('fault-drip-3'))['object']).toBe('chat.completion');
  });
});

describe('counted behaviour', () => {
  test('so many of every hundred calls fail, whatever the share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (percent) => {
        const memory = new MockMemory();
        const statuses = Array.from({ length: 200 }, () => statusOf(play(`fault-flaky-${percent}`, { memory })));
        expect(statuses.filter((status) => status === 503)).toHaveLength(2 * percent);
      }),
      { numRuns: 30 },
    );
  });

  test('down for some calls, for each model by itself', () => {
    const memory = new MockMemory();
    const ask = (): number | undefined => statusOf(play('fault-down-for-2-calls', { memory }));
    expect([ask(), ask(), ask(), ask()]).toEqual([503, 503, 200, 200]);
    const ofOther = play('fault-down-for-2-calls', { memory, key: 'other/fault-down-for-2-calls' });
    expect(statusOf(ofOther)).toBe(503);
  });

  test('a limit says how long it lasts', () => {
    const memory = new MockMemory();
    const ask = (now: number): MockStep[] => play('fault-limited-2-per-10', { memory, now });
    expect([ask(0), ask(1000)].map(statusOf)).toEqual([200, 200]);
    const refused = ask(1500);
    expect(statusOf(refused)).toBe(429);
    expect(headersOf(refused)).toMatchObject({ 'retry-after': '9', 'retry-after-ms': '8500' });
    expect([ask(9999), ask(10_000), ask(10_001), ask(10_002)].map(statusOf)).toEqual([429, 200, 200, 429]);
  });

  test('the memory has an end', () => {
    const memory = new MockMemory();
    for (let turn = 0; turn < 3000; turn += 1) {
      play('fault-down-for-1-calls', { memory, config: { script: [`fault-down-for-${turn}-calls`] } });
    }
    expect(memory.size).toBe(1000);
  });
});

describe('a script in the configuration', () => {
  const config = { script: ['fault-status-503', 'fault-reset', 'mock-fast'] };

  test('has one behaviour for each call, and the last one stays', () => {
    const memory = new MockMemory();
    const ask = (): (string | number | undefined)[] => {
      const steps = play('my-model', { memory, config });
      return [statusOf(steps), lastOf(steps)];
    };
    expect([ask(), ask(), ask(), ask()]).toEqual([
      [503, 'end'],
      [undefined, 'reset'],
      [200, 'end'],
      [200, 'end'],
    ]);
    expect(textOf(play('my-model', { memory, config }))).toContain('Hello from my-model.');
  });

  test.each([
    [[], 'expected a list of 1 to 1000 names'],
    ['mock-echo', 'expected a list of 1 to 1000 names'],
    [['mock-echo', 7], 'expected a list of 1 to 1000 names'],
    [['mock-ecko'], 'found "mock-ecko": did you mean "mock-echo"?'],
    [['gpt'], 'found "gpt"'],
  ])('%j is wrong, and says so', (script, words) => {
    expect(mockScriptProblem({ script })).toContain(words);
    const steps = play('my-model', { config: { script } });
    expect([statusOf(steps), textOf(steps).includes('script: expected')]).toEqual([400, true]);
  });
});
