import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chatBody, type RawClient, requestBytes } from './raw-client.ts';
import { type Stage, startStage, streamRequest, wholeRequest } from './stage.ts';

let stage: Stage;
let count = 0;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(() => stage.close());

interface Leaver {
  readonly name: string;
  readonly request: (requestId: string) => string;
  /** When it is time to go. */
  readonly when: (client: RawClient) => Promise<void>;
  readonly record: Record<string, unknown>;
}

/** Resolves when the provider has got its next request. */
async function asked(before: number): Promise<void> {
  while (stage.provider.requests.length === before) await new Promise((resolve) => setImmediate(resolve));
}

const LEAVERS: readonly Leaver[] = [
  {
    name: 'before the answer',
    request: (id) => wholeRequest('silence', id),
    when: () => Promise.resolve(),
    record: { prompt_tokens: null },
  },
  {
    name: 'before the first word of a stream',
    request: (id) => streamRequest('silence', id),
    when: () => Promise.resolve(),
    record: { prompt_tokens: null, finish_reason: null },
  },
  {
    name: 'in the middle of a stream',
    request: (id) => streamRequest('first-word', id),
    when: (client) => client.until((received) => received.includes('First')),
    record: { usage_source: 'estimated', completion_tokens: 1, finish_reason: null },
  },
  {
    name: 'in the middle of a flood',
    request: (id) => streamRequest('flood', id),
    when: (client) => client.until((received) => received.length > 100_000),
    record: { usage_source: 'estimated', finish_reason: null },
  },
];

const WAYS = {
  'closes the connection': (client: RawClient) => client.leave(),
  'resets the connection': (client: RawClient) => client.reset(),
} as const;

describe.each(Object.entries(WAYS))('a client that %s', (_name, leave) => {
  test.each(LEAVERS)('$name: the provider is let go, and the record says so', async ({ request, when, record }) => {
    const requestId = `leaver-${count++}`;
    const before = stage.provider.requests.length;
    const client = await stage.connect();
    client.send(request(requestId));
    await asked(before);
    await when(client);
    const closed = stage.provider.nextClose();
    leave(client);
    await closed;
    expect(await stage.record(requestId)).toMatchObject({
      status: 'error',
      cancelled: true,
      error_code: 'client.closed',
      ...record,
    });
    expect(stage.provider.requests).toHaveLength(before + 1);
    expect(await stage.ask('Still there?')).toBe('Still there?');
  });
});

describe('a client that leaves while nobody is asked for it', () => {
  test('waiting for a place at a model', async () => {
    const model = 'fake/limited';
    const first = await stage.connect();
    first.send(wholeRequest('Hello', 'takes-the-place', { model }));
    expect((await first.answer()).status).toBe(200);
    const before = stage.provider.requests.length;
    const second = await stage.connect();
    second.send(wholeRequest('Hello', 'waits-for-a-place', { model }));
    await underWay();
    second.leave();
    expect(await stage.record('waits-for-a-place')).toMatchObject({ cancelled: true, error_code: 'client.closed' });
    expect(stage.provider.requests).toHaveLength(before);
  });

  test('waiting for the time to ask again', async () => {
    const before = stage.provider.requests.length;
    const client = await stage.connect();
    client.send(wholeRequest('busy', 'waits-to-ask-again'));
    await asked(before);
    await underWay();
    client.leave();
    expect(await stage.record('waits-to-ask-again')).toMatchObject({ cancelled: true, error_code: 'client.closed' });
    expect(stage.provider.requests).toHaveLength(before + 1);
  });

  /** Resolves when a request has come in that nobody has answered. */
  async function underWay(): Promise<void> {
    const { gateway } = stage.router.runtime.services;
    while (gateway.inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
  }
});

describe('a client that leaves before its request is whole', () => {
  const request = requestBytes({ body: chatBody('Hello') });
  const places = { 'the head': 40, 'the body': request.length - 10 };

  test.each(Object.entries(places))('in the middle of %s', async (_name, length) => {
    const before = stage.provider.requests.length;
    const client = await stage.connect();
    client.send(request.slice(0, length));
    await stage.ask('Has it come?');
    client.leave();
    expect(await stage.ask('Still there?')).toBe('Still there?');
    expect(stage.provider.requests).toHaveLength(before + 2);
  });

  test('and with nothing said at all', async () => {
    const client = await stage.connect();
    client.leave();
    expect(await stage.ask('Still there?')).toBe('Still there?');
  });
});

describe('a client that ends its half of the connection', () => {
  test('still gets a whole answer', async () => {
    const client = await stage.connect();
    client.send(wholeRequest('Hello', 'half-closed'));
    client.finish();
    const answers = [await client.answer()];
    while (answers.at(-1)?.status === 102) answers.push(await client.answer());
    expect(answers.at(-1)).toMatchObject({ status: 200 });
    expect(answers.at(-1)?.body).toContain('Hello');
    await client.closed;
  });

  test('still gets a stream', async () => {
    const client = await stage.connect();
    client.send(streamRequest('Hello', 'half-closed-stream'));
    client.finish();
    await client.closed;
    expect(client.received).toContain('[DONE]');
    expect(await stage.record('half-closed-stream')).toMatchObject({ status: 'success' });
  });

  test('and leaves during a stream: what is written next shows it', async () => {
    const client = await stage.connect();
    client.send(streamRequest('first-word', 'half-closed-leaver'));
    await client.until((received) => received.includes('First'));
    const closed = stage.provider.nextClose();
    client.finish();
    await client.until((received) => received.includes(': keep-alive'));
    client.leave();
    await closed;
    expect(await stage.record('half-closed-leaver')).toMatchObject({ cancelled: true });
  });

  test('and waits long is told so a few times only: not every client takes more', async () => {
    const client = await stage.connect();
    client.send(wholeRequest('later', 'half-closed-patient'));
    client.finish();
    const answers = [await client.answer()];
    while (answers.at(-1)?.status === 102) answers.push(await client.answer());
    expect(answers.at(-1)).toMatchObject({ status: 200 });
    expect(answers.length).toBeGreaterThan(1);
    expect(answers.length).toBeLessThanOrEqual(5);
  });

  test('and leaves with several requests ahead: the first one that waits shows it', async () => {
    const before = stage.provider.requests.length;
    const client = await stage.connect();
    client.send(wholeRequest('silence', 'half-closed-first') + wholeRequest('silence', 'half-closed-second'));
    while (stage.provider.requests.length < before + 2) await new Promise((resolve) => setImmediate(resolve));
    client.finish();
    expect((await client.answer()).status).toBe(102);
    client.leave();
    for (const id of ['half-closed-first', 'half-closed-second']) {
      expect(await stage.record(id)).toMatchObject({ cancelled: true });
    }
  });

  test('with HTTP/1.0 has left', async () => {
    const client = await stage.connect();
    const before = stage.provider.requests.length;
    const headers = { 'x-request-id': 'old-leaver' };
    client.send(requestBytes({ body: chatBody('silence'), version: '1.0', headers }));
    await asked(before);
    client.finish();
    expect(await stage.record('old-leaver')).toMatchObject({ cancelled: true });
  });
});
