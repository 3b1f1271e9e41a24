import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HealthCheckConfig, ModelEntry, RouterSnapshot } from '../../src/config/snapshot.ts';
import { RouterError } from '../../src/errors/router-error.ts';
import { ActiveProbes } from '../../src/gateway/active-probes.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { Deadlines } from '../../src/lib/deadlines.ts';
import { Secret } from '../../src/lib/secret.ts';
import { ProviderConnections } from '../../src/providers/connections.ts';
import { TargetHealth } from '../../src/routing/target-health.ts';
import { FakeProvider, failWith, type Responder, sendJson } from '../support/fake-provider.ts';
import { makeSnapshot, type ProviderDraft } from '../support/make-snapshot.ts';

/** For what comes sooner or later; the machine may be busy. */
const PATIENT = { timeout: 10_000 };

const BREAKER = {
  failureThreshold: 1,
  errorRate: 1,
  minRequests: 1,
  windowSeconds: 30,
  cooldownSeconds: 3600,
  halfOpenMaxRequests: 1,
};

const EVERY_10_MS: HealthCheckConfig = { intervalSeconds: 0.01, timeoutSeconds: 5, path: undefined };

const { now } = systemClock;

let provider: FakeProvider;
let connections: ProviderConnections;
let health: TargetHealth;
let probes: ActiveProbes;

beforeEach(async () => {
  provider = await FakeProvider.start();
  provider.respond = failWith(503);
  connections = new ProviderConnections();
  health = new TargetHealth();
  probes = new ActiveProbes({ connections, health, clock: systemClock, deadlines: new Deadlines(systemClock) });
});

afterEach(async () => {
  probes.close();
  await connections.close();
  await provider.stop();
});

interface Setting {
  readonly healthCheck?: HealthCheckConfig;
  readonly providers?: readonly ProviderDraft[];
  readonly models?: readonly { readonly name: string; readonly provider: string }[];
}

/** A configuration with two models at the one provider, unless it says otherwise. */
function configure(setting: Setting = {}): RouterSnapshot {
  const {
    healthCheck = EVERY_10_MS,
    providers = [{ name: 'p', baseUrl: `${provider.url}/v1`, apiKeys: [new Secret('sk-probe')] }],
    models = ['one', 'two'].map((name) => ({ name, provider: 'p' })),
  } = setting;
  const snapshot = makeSnapshot({
    providers,
    models: models.map((model) => ({ breaker: BREAKER, ...model })),
    routing: { healthCheck },
  });
  health.reconcile(snapshot);
  probes.follow(snapshot);
  return snapshot;
}

function fail(models: readonly ModelEntry[]): void {
  for (const model of models) {
    const pass = health.enter(model, now());
    if (pass !== undefined) health.leave(model, pass, 'failure', now(), new RouterError('upstream.failed'));
  }
}

const breakers = () => health.states(now()).map(({ breaker }) => breaker);

const probed = (count: number) => expect.poll(() => provider.requests.length, PATIENT).toBeGreaterThanOrEqual(count);

describe('a provider whose models rest', () => {
  test('is asked for its list of models until it answers; then a call may try each of them', async () => {
    fail(configure().ranked);
    await probed(3);
    expect(breakers()).toEqual(['open', 'open']);
    expect(provider.last).toMatchObject({ path: '/v1/models', text: '' });
    expect(provider.last.headers.authorization).toBe('Bearer sk-probe');
    provider.respond = (_request, response) => sendJson(response, 200, { data: [] });
    await expect.poll(breakers, PATIENT).toEqual(['half-open', 'half-open']);
  });

  test.each<[string, string, Responder]>([
    ['half-open', 'that its key is wrong', failWith(401)],
    ['half-open', 'that there is no such path', failWith(404)],
    ['open', 'that it is overloaded', failWith(529)],
    ['open', 'that it is asked too often', failWith(429)],
    ['open', 'from somewhere else', (_request, response) => void response.writeHead(302, { location: '/' }).end()],
    ['open', 'nothing', (_request, response) => void response.destroy()],
  ])('is %s where it answers %s', async (state, _what, respond) => {
    provider.respond = respond;
    fail(configure().ranked);
    await probed(state === 'open' ? 3 : 1);
    await expect.poll(breakers, PATIENT).toEqual([state, state]);
  });

  test('is not waited for longer than the configuration says', async () => {
    provider.respond = () => new Promise(() => undefined);
    fail(configure({ healthCheck: { ...EVERY_10_MS, timeoutSeconds: 0.01 } }).ranked);
    await probed(3);
    expect(breakers()).toEqual(['open', 'open']);
  });

  test('is asked at a path of the root of its server where the configuration names one', async () => {
    fail(configure({ healthCheck: { ...EVERY_10_MS, path: 'health?deep=1' } }).ranked);
    await probed(1);
    expect(provider.last.path).toBe('/health?deep=1');
  });

  test('of Ollama is asked for its list in its own words', async () => {
    const ollama = { name: 'p', baseUrl: provider.url, chat: { 'ollama-chat': '/api/chat' } };
    fail(configure({ providers: [ollama] }).ranked);
    await probed(1);
    expect(provider.last.path).toMatch(/\/api\/tags$/);
  });
});

test('a reload changes the interval and the path', async () => {
  fail(configure({ healthCheck: { ...EVERY_10_MS, intervalSeconds: 86_400 } }).ranked);
  configure({ healthCheck: { ...EVERY_10_MS, path: '/ready' } });
  await probed(1);
  expect(provider.last.path).toBe('/ready');
  configure({ healthCheck: { ...EVERY_10_MS, path: '/alive' } });
  await expect.poll(() => provider.last.path, PATIENT).toBe('/alive');
});

test('no more than four providers are asked at a time, and all of them in the end', async () => {
  const names = Array.from({ length: 20 }, (_value, index) => `p${index}`);
  const answers: (() => void)[] = [];
  let most = 0;
  let open = 0;
  provider.respond = async (_request, response) => {
    open += 1;
    most = Math.max(most, open);
    await new Promise<void>((resolve) => answers.push(resolve));
    open -= 1;
    sendJson(response, 200, {});
  };
  const snapshot = configure({
    providers: names.map((name) => ({ name, baseUrl: `${provider.url}/${name}/v1` })),
    models: names.map((name) => ({ name: 'm', provider: name })),
  });
  fail(snapshot.ranked);
  for (let round = 0; round < 5; round += 1) {
    await expect.poll(() => answers.length, PATIENT).toBe(4);
    for (const answer of answers.splice(0)) answer();
  }
  await expect.poll(breakers, PATIENT).toEqual(names.map(() => 'half-open'));
  expect(most).toBe(4);
  expect(new Set(provider.requests.map(({ path }) => path)).size).toBe(20);
});

test('what is under way at the end is let go', async () => {
  provider.respond = () => new Promise(() => undefined);
  fail(configure().ranked);
  await probed(1);
  const closed = provider.nextClose();
  probes.close();
  await closed;
  expect(breakers()).toEqual(['open', 'open']);
});
