import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimatedUsage } from '../../../src/canonical/usage.ts';
import { type DrillReport, reportDrill } from '../../../src/cli/drill-report.ts';
import { drillJson, drillText } from '../../../src/cli/drill-text.ts';
import type { TrafficGroup } from '../../../src/monitor/traffic.ts';
import { makeSnapshot } from '../../support/make-snapshot.ts';

const price = (usd: number) => ({
  inputUsdPerMillion: usd,
  outputUsdPerMillion: usd,
  cacheReadUsdPerMillion: usd,
  cacheWriteUsdPerMillion: usd,
});

const SNAPSHOT = makeSnapshot({
  models: [
    { name: 'fast', provider: 'groq', tags: ['chat', 'fast'], priority: 3, price: price(1), fallbacks: ['near/spare'] },
    { name: 'big', provider: 'groq', tags: ['chat'], priority: 2 },
    { name: 'steady', provider: 'together', tags: ['chat', 'fast'], priority: 1, price: price(3) },
    { name: 'vectors', provider: 'together', tags: ['embed'], abilities: { chat: false, embedding: true } },
    { name: 'spare', provider: 'near', tags: ['other'] },
    { name: 'seeing', provider: 'near', tags: ['eyes'], abilities: { image: true } },
    { name: 'blind', provider: 'near', tags: ['eyes'], priority: 9, abilities: { image: false } },
  ],
  routes: [{ name: 'quick', tags: ['fast'] }],
  apiKeys: [
    {
      name: 'narrow',
      keyHash: 'abcdefabcdef0123',
      isActive: true,
      allowedModels: ['together/steady'],
      allowedProviders: undefined,
      role: 'call',
    },
  ],
});

function group(draft: Partial<TrafficGroup> = {}): TrafficGroup {
  return {
    query: '{"tags":["chat"]}',
    requestedModel: undefined,
    endpoint: '/v1/chat/completions',
    apiKeyId: undefined,
    needs: undefined,
    target: 'groq/fast',
    calls: 1,
    failedCalls: 0,
    usage: estimatedUsage(0, 0),
    costUsd: undefined,
    ...draft,
  };
}

function drill(groups: readonly TrafficGroup[], ...killed: string[]): DrillReport {
  return reportDrill(SNAPSHOT, groups, new Set(killed));
}

/** Where one group would go: a model, or a reason in brackets. */
function goes(draft: Partial<TrafficGroup>, ...killed: string[]): string | undefined {
  const [move] = drill([group(draft)], ...killed).moves;
  return move?.to ?? `[${move?.reason}]`;
}

describe('the new target', () => {
  test('is the same one where nothing is taken out', () => {
    expect(goes({})).toBe('groq/fast');
  });

  test('is the next candidate, of another provider or of the same one', () => {
    expect(goes({}, 'groq')).toBe('together/steady');
    expect(goes({}, 'groq/fast')).toBe('groq/big');
  });

  test('stands in for a model that was named', () => {
    const named = { query: '{"model":"groq/fast"}', requestedModel: 'groq/fast' };
    expect(goes(named)).toBe('groq/fast');
    expect(goes(named, 'groq')).toBe('near/spare');
    expect(goes(named, 'groq', 'near')).toBe('[Every model that matches is taken out: groq/fast.]');
  });

  test('is nobody, and the reason says why', () => {
    expect(goes({}, 'groq', 'together')).toContain('is taken out: groq/fast, groq/big, together/steady.');
    expect(goes({ query: '{"tags":["quantum"]}' })).toContain('No model has the tag `quantum`');
    expect(goes({ requestedModel: 'groq/gone', query: '{}' })).toContain('There is no model `groq/gone`');
    expect(goes({ query: '{"tags":["chat"],"providers":["vanished"]}' })).toContain('There is no provider `vanished`');
    expect(goes({ query: '{"tags":["chat"],"providers":[]}' })).toMatch(/^\[No model matches/);
  });

  test('follows everything that the question says', () => {
    expect(goes({ query: '{"tags":["chat"],"exclude_providers":["groq"]}' })).toBe('together/steady');
    expect(goes({ query: '{"tags":["chat"],"not_tags":["fast"]}' })).toBe('groq/big');
    expect(goes({ query: '{"any_tags":[["embed","fast"],["chat"]]}' }, 'groq')).toBe('together/steady');
    expect(goes({ query: '{"name":"big"}' })).toBe('groq/big');
    expect(goes({ query: '{"model":"tag:chat+!fast","tags":["chat"],"not_tags":["fast"]}' })).toBe('groq/big');
  });

  test('of a route follows the route of today, not the tags it had', () => {
    const old = { query: '{"model":"quick","tags":["chat","slow"]}', requestedModel: 'quick' };
    expect(goes(old, 'groq')).toBe('together/steady');
    expect(goes({ ...old, requestedModel: 'route:quick' }, 'groq')).toBe('together/steady');
  });

  test('can do the work that the endpoint names, and what the records say', () => {
    const any = { query: '{"any_tags":[["embed","chat"]]}' };
    expect(goes({ ...any, endpoint: '/v1/embeddings' })).toBe('together/vectors');
    expect(goes({ ...any, endpoint: '/models/{provider}/{model}/v1/chat/completions' })).toBe('groq/fast');
    expect(goes({ query: '{"tags":["eyes"]}' })).toBe('near/blind');
    expect(goes({ query: '{"tags":["eyes"]}', needs: 'tools,image' })).toBe('near/seeing');
  });

  test('is one that the key may use', () => {
    expect(goes({ apiKeyId: 'abcdefabcdef' })).toBe('together/steady');
    expect(goes({ apiKeyId: 'abcdefabcdef' }, 'together')).toContain('is taken out: together/steady');
    expect(goes({ apiKeyId: 'of-a-key-long-gone' })).toBe('groq/fast');
  });
});

describe('the report', () => {
  test('adds up calls and costs of the same move', () => {
    const usage = estimatedUsage(600_000, 400_000);
    const report = drill([group({ calls: 3, usage, costUsd: 1 }), group({ calls: 2, usage, failedCalls: 1 })], 'groq');
    expect(report.moves).toEqual([
      {
        from: 'groq/fast',
        to: 'together/steady',
        reason: undefined,
        calls: 5,
        failedCalls: 1,
        costBeforeUsd: 1,
        costAfterUsd: 6,
      },
    ]);
  });

  test('does not make up prices', () => {
    const usage = estimatedUsage(10, 10);
    expect(drill([group({ usage, costUsd: 1 })], 'groq/fast').moves[0]?.costAfterUsd).toBeUndefined();
    expect(drill([group({ usage, costUsd: 1, target: 'groq/big' })], 'groq/fast').moves[0]?.costAfterUsd).toBe(1);
  });

  test('tells calls that would be lost from those that failed anyway', () => {
    const report = drill([group({ calls: 5, failedCalls: 2 })], 'groq', 'together');
    expect([report.unservedCalls, report.lostCalls]).toEqual([5, 3]);
  });

  test('has an end, however many names clients make up', () => {
    const groups = Array.from({ length: 3000 }, (_, at) => group({ requestedModel: `m${at}`, query: '{}', calls: 2 }));
    const report = drill(groups);
    expect([report.calls, report.unservedCalls, report.moves.length]).toEqual([6000, 6000, 1001]);
    expect(report.lostCalls).toBe(6000);
    expect(report.moves[0]).toMatchObject({ from: '(others)', calls: 4000 });
  });

  test('loses no call and makes none up', () => {
    const text = (...values: string[]) => fc.constantFrom(...values);
    const groups = fc.array(
      fc.record({
        query: fc.oneof(fc.json(), text('{"tags":["chat"]}', '{"tags":["fast"]}', '{"providers":["near"]}')),
        requestedModel: fc.option(fc.oneof(fc.string(), text('groq/fast', 'quick', 'auto', 'tag:chat')), {
          nil: undefined,
        }),
        endpoint: text('/v1/chat/completions', '/v1/embeddings', '/v1/completions'),
        apiKeyId: fc.option(text('abcdefabcdef', 'x'), { nil: undefined }),
        needs: fc.option(text('', 'tools', 'image,tools', 'nonsense'), { nil: undefined }),
        target: fc.option(text('groq/fast', 'near/spare', 'old/one'), { nil: undefined }),
        calls: fc.integer({ min: 1, max: 1000 }),
        failedCalls: fc.constant(0),
        usage: fc.constant(estimatedUsage(3, 5)),
        costUsd: fc.option(fc.double({ min: 0, max: 9, noNaN: true }), { nil: undefined }),
      }),
    );
    const killed = fc.subarray(['groq', 'together', 'near', 'groq/fast', 'near/spare']);
    fc.assert(
      fc.property(groups, killed, (traffic, names) => {
        const report = drill(traffic, ...names);
        const calls = traffic.reduce((sum, each) => sum + each.calls, 0);
        expect(report.calls).toBe(calls);
        expect(report.moves.reduce((sum, move) => sum + move.calls, 0)).toBe(calls);
        const dead = report.moves.filter(({ to }) => names.includes(to ?? '') || names.includes(providerOf(to)));
        expect(dead).toEqual([]);
      }),
    );
  });
});

const providerOf = (target: string | undefined): string => target?.split('/')[0] ?? '';

describe('as text', () => {
  const facts = { database: 'data/monitor.db', since: 1_700_000_000_000, killed: ['groq'] };

  test('what moves, what stays, and what nobody could serve', () => {
    const usage = estimatedUsage(1_000_000, 0);
    const report = drill(
      [
        group({ calls: 90, usage, costUsd: 1 }),
        group({ calls: 9, target: 'together/steady', query: '{"providers":["together"],"tags":["chat"]}' }),
        group({ calls: 1, query: '{"name":"big"}', target: 'groq/big', costUsd: 0.00123 }),
      ],
      'groq',
    );
    expect(drillText(report, facts).split('\n')).toEqual([
      '100 calls since 2023-11-14T22:13:20.000Z in data/monitor.db',
      'Taken out: groq',
      '',
      'These would go elsewhere:',
      'calls   share  cost before  cost after  from       to',
      '   90  90.0 %        $1.00       $3.00  groq/fast  together/steady',
      '',
      'These would stay:',
      'calls  share  cost before  cost after  from             to',
      '    9  9.0 %        $0.00       $0.00  together/steady  together/steady',
      '',
      'Nobody could serve 1 call (1.0 %), of which 1 had been answered:',
      '1  groq/big  Every model that matches is taken out: groq/big.',
      '',
      'Limits count as free, and the length of prompts is not looked at.',
      'What 100 of the calls needed (images, tools, a JSON schema) is not recorded: models that cannot do it may stand here.',
    ]);
  });

  test('nothing recorded, nothing lost', () => {
    expect(drillText(drill([]), { ...facts, killed: [] }).split('\n')).toEqual([
      '0 calls since 2023-11-14T22:13:20.000Z in data/monitor.db',
      'Nothing is taken out: this is what the file of today would do.',
    ]);
  });

  test('the same as JSON', () => {
    const document = JSON.parse(drillJson(drill([group({ calls: 4, needs: '' })], 'groq'), facts));
    expect(document).toMatchObject({ killed: ['groq'], calls: 4, unserved_calls: 0, calls_without_needs: 0 });
    expect(document.moves).toEqual([
      {
        from: 'groq/fast',
        to: 'together/steady',
        reason: null,
        calls: 4,
        share: 1,
        failed_calls: 0,
        cost_before: 0,
        cost_after: 0,
      },
    ]);
  });
});
