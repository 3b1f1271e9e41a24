import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chatBody, type RawClient, requestBytes } from './raw-client.ts';
import { LARGE, SHORT_LIMITS, type Stage, startStage, streamRequest, wholeRequest } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});

afterAll(() => stage.close());

const PROPER = requestBytes({ body: chatBody('Hello') });

/** Sends one byte whenever the last one has gone, for as long as the connection lives. */
async function sendByteByByte(client: RawClient, text: string): Promise<void> {
  let isOver = false;
  void client.closed.then(() => {
    isOver = true;
  });
  for (const byte of text) {
    if (isOver) return;
    client.send(byte);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

describe.concurrent('a client that holds a connection', () => {
  const kinds: readonly {
    readonly name: string;
    readonly play: (client: RawClient) => void;
    readonly status: number;
  }[] = [
    { name: 'and says nothing', play: () => undefined, status: 408 },
    { name: 'with a head that never ends', play: (client) => client.send(PROPER.slice(0, 60)), status: 408 },
    { name: 'with a head byte by byte', play: (client) => void sendByteByByte(client, PROPER), status: 408 },
    { name: 'with a body that never ends', play: (client) => client.send(PROPER.slice(0, -20)), status: 408 },
    {
      name: 'with a body byte by byte',
      play: (client) => {
        const headEnd = PROPER.indexOf('\r\n\r\n') + 4;
        client.send(PROPER.slice(0, headEnd));
        void sendByteByByte(client, PROPER.slice(headEnd));
      },
      status: 408,
    },
    {
      name: 'with a body that nobody asked for',
      play: (client) => client.send(PROPER.replace('/v1/chat/completions', '/nowhere').slice(0, -20)),
      status: 404,
    },
  ];

  test.each(kinds)('$name is let go', async ({ play, status }) => {
    const client = await stage.connect();
    play(client);
    await client.closed;
    expect((await client.answer()).status).toBe(status);
    expect(await stage.ask('Still there?')).toBe('Still there?');
  });

  test('with a body that goes on after the answer gets no second answer', async () => {
    const patient = await startStage({ ...SHORT_LIMITS, keepAliveMs: 60_000 });
    const client = await patient.connect();
    client.send(PROPER.replace('POST /v1/chat/completions', 'GET /health').slice(0, -20));
    expect((await client.answer()).status).toBe(200);
    await client.closed;
    expect(client.received).toBe('');
    await patient.close();
  });

  test('after its answer is let go without a word', async () => {
    const client = await stage.connect();
    client.send(PROPER);
    expect((await client.answer()).status).toBe(200);
    await client.closed;
    expect(client.received).toBe('');
  });

  test('but sends a long body fast enough is served', async () => {
    const words = 'x'.repeat(3_000_000);
    const request = wholeRequest(words, 'long-body');
    const client = await stage.connect();
    client.send(request.slice(0, 1000));
    // Longer than the grace, by the router's own looks at the connection.
    for (let at = 1000; at < request.length; at += 300_000) {
      client.send(request.slice(at, at + 300_000));
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect((await client.answer()).status).toBe(200);
    client.leave();
  });
});

test('a client that waits for leave to send its body gets it', async () => {
  const body = chatBody('Hello');
  const client = await stage.connect();
  client.send(requestBytes({ body, headers: { expect: '100-continue' } }).slice(0, -body.length));
  expect((await client.answer()).status).toBe(100);
  client.send(body);
  expect((await client.answer()).body).toContain('Hello');
  client.leave();
});

describe('a client that does not read', () => {
  test('a stream is cut off, and so is its provider', async () => {
    const client = await stage.connect();
    client.send(streamRequest('flood', 'reads-nothing'));
    client.socket.pause();
    expect(await stage.record('reads-nothing')).toMatchObject({
      status: 'error',
      cancelled: true,
      error_code: 'client.stalled',
      usage_source: 'estimated',
    });
    while (stage.floods() > 0) await new Promise((resolve) => setImmediate(resolve));
    client.socket.resume();
    await client.closed;
    expect(client.received).not.toContain('[DONE]');
  });

  test('a whole answer is cut off', async () => {
    const narrow = await startStage({ ...SHORT_LIMITS, maxConnections: 1 });
    const client = await narrow.connect();
    client.send(wholeRequest('large', 'reads-nothing-of-it'));
    client.socket.pause();
    // Nobody else is served while its connection lasts.
    while ((await narrow.ask('Has it gone?')) !== 'Has it gone?');
    client.socket.resume();
    await client.closed;
    expect(client.received.length).toBeLessThan(LARGE);
    await narrow.close();
  });

  test('but reads slowly all the time gets everything', async () => {
    const patient = await startStage({ readerStallMs: 500 });
    const client = await patient.connect();
    client.send(wholeRequest('large', 'reads-slowly'));
    client.socket.on('data', () => {
      client.socket.pause();
      setTimeout(() => client.socket.resume(), 5);
    });
    await client.until((received) => received.length > LARGE);
    expect(client.received.endsWith('}')).toBe(true);
    await patient.close();
  });
});

test('the patience with a reader ends with his answer: the next one may take longer', async () => {
  const client = await stage.connect();
  client.send(wholeRequest('large', 'read-in-time') + wholeRequest('later', 'not-there-yet'));
  await client.until((received) => received.length > LARGE);
  expect((await client.answer()).body.length).toBeGreaterThan(LARGE);
  expect((await client.answer()).body).toContain('At last');
  client.leave();
});

test('requests that are sent ahead of their answers without an end are refused from some number on', async () => {
  const patient = await startStage({});
  const client = await patient.connect();
  client.send(Array.from({ length: 300 }, (_, index) => wholeRequest('silence', `ahead-${index}`)).join(''));
  while (patient.provider.requests.length < 65) await new Promise((resolve) => setImmediate(resolve));
  expect(await patient.ask('Still there?')).toBe('Still there?');
  expect(patient.provider.requests).toHaveLength(66);
  client.leave();
  await patient.close();
});

describe('too many connections', () => {
  test('the first request of one too many is refused, until another one goes', async () => {
    const crowded = await startStage({ maxConnections: 3 });
    const clients = [await crowded.connect(), await crowded.connect(), await crowded.connect()];
    for (const client of clients) client.send(PROPER);
    for (const client of clients) expect((await client.answer()).status).toBe(200);
    const surplus = await crowded.connect();
    surplus.send(PROPER);
    const { status, headers, body } = await surplus.answer();
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(JSON.parse(body).error.code).toBe('server.too_many_connections');
    await surplus.closed;
    for (const client of clients) client.leave();
    while ((await crowded.ask('Room again?')) !== 'Room again?');
    await crowded.close();
  });
});
