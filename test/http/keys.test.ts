import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startRuntime } from '../../src/runtime.ts';
import {
  chatAnswer,
  chatCompletion,
  FakeProvider,
  failWith,
  type Responder,
  sendJson,
} from '../support/fake-provider.ts';
import { startRouter, type TestRouter } from '../support/start-router.ts';

let provider: FakeProvider;
let router: TestRouter | undefined;

beforeEach(async () => {
  provider = await FakeProvider.start();
});

afterEach(async () => {
  await router?.stop();
  router = undefined;
  await provider.stop();
});

async function start(text: string): Promise<TestRouter> {
  router = await startRouter(text);
  return router;
}

function toml(keys: string, more = ''): string {
  return `
[[providers]]
name = "p"
type = "openai-compatible"
base_url = "${provider.url}"
${keys === '' ? '' : `api_key = "${keys}"`}
[[models]]
name = "m"
provider = "p"
tags = ["chat"]
config = { priority = 9 }
${more}`;
}

const SECOND_MODEL = `
[[models]]
name = "second"
provider = "p"
tags = ["chat"]
`;

const ask = { model: 'p/m', messages: [{ role: 'user', content: 'Hi' }] };
const askAny = { ...ask, model: 'tag:chat' };

/** One answer for each key, and one for keys that are not named. */
function byKey(
  responders: Readonly<Record<string, Responder>>,
  otherwise: Responder = chatAnswer('Hello.'),
): Responder {
  return (request, response) => {
    const key = String(request.headers.authorization).replace('Bearer ', '');
    return (responders[key] ?? otherwise)(request, response);
  };
}

const keysAsked = (): string[] => provider.requests.map(({ headers }) => String(headers.authorization).slice(7));
const modelsAsked = (): string[] => provider.requests.map(({ body }) => body.model);

const running = (): TestRouter => {
  if (router === undefined) throw new Error('no router');
  return router;
};

const chat = (request: unknown = ask) => running().post('/v1/chat/completions', request);

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
async function keyStates(): Promise<any[]> {
  return (await running().get('/health/detail')).body.providers[0].keys;
}

/** An answer with headers about limits. */
function withHeaders(headers: Record<string, string>): Responder {
  return (request, response) => {
    if (request.body.stream !== true) {
      sendJson(response, 200, chatCompletion('Hello.'), headers);
      return undefined;
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    return chatAnswer('Hello.')(request, response);
  };
}

const EMPTY = {
  'x-ratelimit-limit-requests': '1',
  'x-ratelimit-remaining-requests': '0',
  'x-ratelimit-reset-requests': '10m0s',
};

describe('a key that is refused or limited', () => {
  test.each([
    ['429', failWith(429, 'slow down', { 'retry-after': '60' })],
    ['401', failWith(401, 'who are you')],
    ['a used-up quota', failWith(429, 'Limit of requests per day reached')],
  ])('gives way to the next key of the same provider, and that is no retry: %s', async (_name, refuse) => {
    const router = await start(toml('one,two'));
    provider.respond = byKey({ one: refuse });
    const first = await chat();
    expect([first.status, first.headers.get('x-router-attempts')]).toEqual([200, '1']);
    expect((await chat()).status).toBe(200);
    expect(keysAsked()).toEqual(['one', 'two', 'two']);
    expect((await router.lastRecord()).attempt_count).toBe(1);
  });

  test('the same for a stream', async () => {
    const router = await start(toml('one,two'));
    provider.respond = byKey({ one: failWith(429, 'slow down', { 'retry-after': '60' }) });
    const response = await router.send('/v1/chat/completions', { ...ask, stream: true });
    expect(await response.text()).toContain('Hello.');
    expect(keysAsked()).toEqual(['one', 'two']);
  });

  test('when all keys rest, another model of another provider answers, and then at once', async () => {
    const standIn = await FakeProvider.start();
    await start(
      toml(
        'one,two',
        `[[providers]]\nname = "q"\ntype = "openai-compatible"\nbase_url = "${standIn.url}"
        [[models]]\nname = "n"\nprovider = "q"\ntags = ["chat"]\n`,
      ),
    );
    provider.respond = failWith(429, 'slow down', { 'retry-after': '60' });
    expect((await chat(askAny)).headers.get('x-router-model')).toBe('q/n');
    expect((await chat(askAny)).headers.get('x-router-model')).toBe('q/n');
    expect([provider.requests.length, standIn.requests.length]).toEqual([2, 2]);
    await standIn.stop();
  });

  test('when nothing else is left, the answer is 429 with the time of the soonest key', async () => {
    await start(toml('one,two'));
    provider.respond = byKey({
      one: failWith(429, 'slow down', { 'retry-after': '50' }),
      two: failWith(429, 'slow down', { 'retry-after': '90' }),
    });
    const first = await chat();
    expect([first.status, first.body.error.code, first.headers.get('retry-after')]).toEqual([
      429,
      'upstream.rate_limited',
      '50',
    ]);
    const second = await chat();
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, '50']);
    expect(provider.requests).toHaveLength(2);
  });

  test('a provider without keys rests as well, but only for the model', async () => {
    await start(toml('', SECOND_MODEL));
    provider.respond = (request, response) => {
      if (request.body.model === 'm') return failWith(429, 'slow down', { 'retry-after': '60' })(request, response);
      return chatAnswer('Hello.')(request, response);
    };
    expect((await chat(askAny)).headers.get('x-router-model')).toBe('p/second');
    expect((await chat(askAny)).headers.get('x-router-model')).toBe('p/second');
    expect(modelsAsked()).toEqual(['m', 'second', 'second']);
  });

  test('a quota of one model leaves the key to the others, one of the account takes it away from all', async () => {
    await start(toml('one', SECOND_MODEL));
    provider.respond = (request, response) => {
      const words = request.body.model === 'm' ? 'used up: tokens per day' : 'insufficient balance';
      return failWith(429, words)(request, response);
    };
    expect((await chat(askAny)).body.error.code).toBe('upstream.quota');
    expect(modelsAsked()).toEqual(['m', 'second']);
    expect(await keyStates()).toMatchObject([
      { state: 'resting', reason: 'quota', models: [{ model: 'p/m', reason: 'quota' }] },
    ]);
    expect((await chat({ ...ask, model: 'p/second' })).status).toBe(429);
    expect(provider.requests).toHaveLength(2);
  });
});

test('a refused key shows its state, is not used, and a reload with another one serves at once', async () => {
  const router = await start(toml('bad'));
  provider.respond = byKey({ bad: failWith(401, 'who are you') });
  const first = await chat();
  expect([first.status, first.body.error.code]).toEqual([502, 'upstream.auth']);
  expect(await keyStates()).toMatchObject([{ state: 'resting', reason: 'rejected' }]);
  const second = await chat();
  expect([second.status, provider.requests.length]).toEqual([503, 1]);
  expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(50);
  const { body } = await router.post('/route/explain', askAny);
  expect(body.excluded).toMatchObject([{ rule: 'unhealthy', detail: 'has no key that its provider accepts' }]);
  const reloaded = router.runtime.reloader.next();
  writeFileSync(router.file, toml('good'));
  await reloaded;
  expect((await chat()).status).toBe(200);
  expect(keysAsked()).toEqual(['bad', 'good']);
});

describe('limits that answers tell', () => {
  test('a key with nothing left gives way to the next one', async () => {
    await start(toml('one,two'));
    provider.respond = byKey({ one: withHeaders(EMPTY) });
    for (let call = 0; call < 4; call += 1) expect((await chat()).status).toBe(200);
    expect(keysAsked()).toEqual(['one', 'two', 'two', 'two']);
    const [one] = await keyStates();
    expect(one).toMatchObject({
      state: 'live',
      models: [{ model: 'p/m', limits: [{ name: 'requests', remaining: 0 }] }],
    });
  });

  test('a stream tells them too, and a model with nothing left gives way to the next one', async () => {
    const router = await start(toml('one', SECOND_MODEL));
    provider.respond = (request, response) =>
      (request.body.model === 'm' ? withHeaders(EMPTY) : chatAnswer('Hello.'))(request, response);
    await (await router.send('/v1/chat/completions', { ...askAny, stream: true })).text();
    expect((await chat(askAny)).headers.get('x-router-model')).toBe('p/second');
    const { body } = await router.post('/route/explain', askAny);
    expect(body.excluded).toMatchObject([{ model: 'p/m', rule: 'rate-limited' }]);
    expect(body.excluded[0].retry_after_ms).toBeGreaterThan(500_000);
  });

  test('where it is the only one, the answer is 429 with the time, and the provider is not asked', async () => {
    await start(toml('one'));
    provider.respond = withHeaders(EMPTY);
    expect((await chat()).status).toBe(200);
    const second = await chat();
    expect(second.status).toBe(429);
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(500);
    expect(provider.requests).toHaveLength(1);
  });

  test('our own calls are counted down between two answers', async () => {
    await start(toml('one', SECOND_MODEL));
    provider.respond = withHeaders({
      ...EMPTY,
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '3',
    });
    await chat();
    const held: (() => void)[] = [];
    const allHeld = new Promise<void>((resolve) => {
      provider.respond = (request, response) => {
        if (request.body.model === 'second') return chatAnswer('Hello.')(request, response);
        held.push(() => void chatAnswer('Hello.')(request, response));
        if (held.length === 3) resolve();
        return undefined;
      };
    });
    const answers = Array.from({ length: 3 }, () => chat(askAny));
    await allHeld;
    expect((await chat(askAny)).headers.get('x-router-model')).toBe('p/second');
    for (const release of held) release();
    await Promise.all(answers);
    expect(held).toHaveLength(3);
  });

  test('tokens: a request that does not fit goes elsewhere, a smaller one stays', async () => {
    await start(toml('one', SECOND_MODEL));
    provider.respond = withHeaders({
      'x-ratelimit-limit-tokens': '10000',
      'x-ratelimit-remaining-tokens': '500',
      'x-ratelimit-reset-tokens': '10m0s',
    });
    await chat();
    expect((await chat({ ...askAny, max_tokens: 2000 })).headers.get('x-router-model')).toBe('p/second');
    expect((await chat({ ...askAny, max_tokens: 100 })).headers.get('x-router-model')).toBe('p/m');
  });
});

describe('a restart', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'llm-router-keys-'));
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** Asks a router that lives only for these questions, all of them with the same files. */
  async function inOneRun(requests: readonly unknown[]): Promise<Response[]> {
    const file = join(directory, 'router.toml');
    writeFileSync(file, toml('one,two', SECOND_MODEL));
    const runtime = await startRuntime({
      location: { file, isExplicit: true },
      env: {},
      overrides: { host: '127.0.0.1', port: 0, dataDir: join(directory, 'data') },
      log: pino({ level: 'silent' }),
    });
    const answers: Response[] = [];
    for (const request of requests) {
      const response = await fetch(`${runtime.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      });
      await response.arrayBuffer();
      answers.push(response);
    }
    await runtime.close(0);
    return answers;
  }

  test('forgets neither a used-up limit nor the rest of a key', async () => {
    provider.respond = byKey({
      one: withHeaders(EMPTY),
      two: failWith(429, 'slow down', { 'retry-after': '600' }),
    });
    await inOneRun([ask, ask]);
    expect(keysAsked()).toEqual(['one', 'two']);
    provider.respond = chatAnswer('Hello.');
    const [refused, moved] = await inOneRun([ask, askAny]);
    expect(refused?.status).toBe(429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(500);
    expect([moved?.status, moved?.headers.get('x-router-model')]).toEqual([200, 'p/second']);
    expect(modelsAsked()).toEqual(['m', 'm', 'second']);
  });
});
