import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LOCAL_CALLER } from '../../../src/access/caller.ts';
import { loadRouterToml } from '../../../src/config/load-router-toml.ts';
import type { RouterSnapshot } from '../../../src/config/snapshot.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import { type AnswerSink, CollectingSink } from '../../../src/gateway/answer-sink.ts';
import { Gateway } from '../../../src/gateway/gateway.ts';
import type { GatewayRequest } from '../../../src/gateway/invocation.ts';
import { RetryBudget } from '../../../src/gateway/retry-budget.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { Deadlines } from '../../../src/lib/deadlines.ts';
import type { InvocationRecord } from '../../../src/monitor/invocation-record.ts';
import { routerNativeDialect } from '../../../src/protocols/router-native/router-native.ts';
import { ProviderConnections } from '../../../src/providers/connections.ts';
import { findProviderSpec, providerTypes } from '../../../src/providers/registry.ts';
import type { Explanation } from '../../../src/routing/decision.ts';
import { ModelLimits } from '../../../src/routing/model-limits.ts';
import { TargetHealth } from '../../../src/routing/target-health.ts';
import { WaitingLine } from '../../../src/routing/waiting-line.ts';

const PROVIDERS = ['p', 'q'];
const NAMES = ['a', 'b', 'c', 'd'];
const TAGS = ['t', 'u', 'v'];

const tags = fc.uniqueArray(fc.constantFrom(...TAGS), { maxLength: 3 });

const model = fc.record({
  name: fc.constantFrom(...NAMES),
  provider: fc.constantFrom(...PROVIDERS),
  tags,
  priority: fc.integer({ min: 0, max: 2 }),
  isActive: fc.boolean(),
  burst: fc.option(fc.integer({ min: 1, max: 2 })),
});

type ModelDraft = typeof model extends fc.Arbitrary<infer Draft> ? Draft : never;

const configuration = fc.uniqueArray(model, {
  minLength: 1,
  maxLength: 8,
  selector: ({ provider, name }) => `${provider}/${name}`,
});

const question = fc.record({
  modelName: fc.constantFrom(undefined, 'auto', 'tag:t', 'tag:t|u+!v', 'tag:u?prefer=v', 'a', 'p/a', 'q/b', 'nothing'),
  selection: fc.record({ tags, prefer: tags, notTags: fc.subarray(['v']), providers: fc.subarray(PROVIDERS) }),
});

function load(models: readonly ModelDraft[]): RouterSnapshot {
  const tables = models.map(
    ({ name, provider, tags: own, priority, isActive, burst }) => `
[[models]]
name = "${name}"
provider = "${provider}"
is_active = ${isActive}
tags = ${JSON.stringify(own)}
config = { priority = ${priority} }
${burst === null ? '' : `rate_limit = { max_requests = 1, burst_size = ${burst}, per_seconds = 3600, max_wait_ms = 0 }`}`,
  );
  const providers = PROVIDERS.map((name) => `[[providers]]\nname = "${name}"\ntype = "mock"\n`);
  const result = loadRouterToml(Buffer.from([...providers, ...tables].join('\n')), {
    file: undefined,
    env: {},
    findSpec: findProviderSpec,
    providerTypes: providerTypes(),
    version: 1,
    now: 0,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.snapshot;
}

const PRESENT = { isGone: false, onGone: () => undefined } as unknown as AnswerSink;

function explainOrNothing(gateway: Gateway, request: GatewayRequest): Explanation | undefined {
  try {
    return gateway.explain(request);
  } catch (thrown) {
    if (thrown instanceof RouterError) return undefined;
    throw thrown;
  }
}

test('an explanation names the model that the call then uses, and spends no token', async () => {
  const connections = new ProviderConnections();
  let served = 0;
  const property = fc.asyncProperty(
    configuration,
    fc.array(question, { minLength: 1, maxLength: 3 }),
    async (models, questions) => {
      const snapshot = load(models);
      const waitingLine = new WaitingLine({ clock: systemClock });
      const limits = new ModelLimits({ clock: systemClock, waitingLine });
      const records: InvocationRecord[] = [];
      const gateway = new Gateway({
        connections,
        limits,
        clock: systemClock,
        deadlines: new Deadlines(systemClock),
        waitingLine,
        health: new TargetHealth(),
        retryBudget: new RetryBudget(),
        random: () => 0,
        records: { offer: (record) => records.push(record) },
        catalog: { register: () => undefined, providerId: () => undefined, modelId: () => undefined },
        onUnexpected: (error) => {
          throw error;
        },
      });
      for (const { modelName, selection } of questions) {
        const body = { prompt: 'Hi' };
        const request: GatewayRequest = {
          requestId: 'r',
          snapshot,
          caller: LOCAL_CALLER,
          dialect: routerNativeDialect,
          endpoint: '/route/invoke',
          question: { modelName, selections: [selection] },
          head: routerNativeDialect.readHead(body),
          body,
          bytes: undefined,
          upstreamName: undefined,
          preferEventStream: false,
          forwardedHeaders: {},
          batchIndex: undefined,
        };
        const before = limits.levels(0).map(({ model: key, requests }) => [key, Math.round(requests?.left ?? 0)]);
        const explanation = explainOrNothing(gateway, request);
        expect(limits.levels(0).map(({ model: key, requests }) => [key, Math.round(requests?.left ?? 0)])).toEqual(
          before,
        );
        await gateway.invoke(request, new CollectingSink(PRESENT));
        const record = records.at(-1);
        const best = explanation?.candidates[0]?.model;
        expect(record?.status).toBe(best === undefined ? 'error' : 'success');
        if (best === undefined) continue;
        expect(`${record?.providerName}/${record?.modelName}`).toBe(best);
        served += 1;
      }
      expect(records).toHaveLength(questions.length);
    },
  );
  await fc.assert(property, { numRuns: 1000 });
  // Not a property that holds because nothing was ever served.
  expect(served).toBeGreaterThan(300);
  await connections.close();
}, 60_000);
