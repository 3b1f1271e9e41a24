import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGzip, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { RouterError } from '../../../src/errors/router-error.ts';
import { MAX_DECODED_BYTES } from '../../../src/providers/body-decoder.ts';
import { openHttpTransport } from '../../../src/providers/http-transport.ts';
import type { ReplyControl, ReplyHandler, ReplyHeaders, Transport } from '../../../src/providers/transport.ts';

const MIB = 1024 * 1024;

/** More than all buffers between the two sides hold. */
const BUFFERED_BYTES = 24 * MIB;

/** What comes back, with promises for its turns. */
class Reply implements ReplyHandler {
  control: ReplyControl | undefined;
  status = 0;
  headers: ReplyHeaders = {};
  sizeBytes = 0;
  text = '';
  callbacks = 0;
  onFirstData: (control: ReplyControl | undefined) => void = () => undefined;
  #finish: (error: Error | undefined) => void = () => undefined;
  /** Resolves with the error that ended the answer, if one did. */
  readonly over = new Promise<Error | undefined>((resolve) => {
    this.#finish = resolve;
  });

  onStart(control: ReplyControl): void {
    this.control = control;
  }

  onHead(status: number, headers: ReplyHeaders): void {
    this.status = status;
    this.headers = headers;
  }

  onData(chunk: Buffer): void {
    this.callbacks += 1;
    this.sizeBytes += chunk.length;
    if (this.text.length < MIB) this.text += chunk.toString('utf8');
    if (this.callbacks === 1) this.onFirstData(this.control);
  }

  onEnd(): void {
    this.callbacks += 1;
    this.#finish(undefined);
  }

  onError(error: Error): void {
    this.callbacks += 1;
    this.#finish(error);
  }
}

const opened: { readonly server: Server; readonly transport: Transport }[] = [];

afterEach(async () => {
  for (const { server, transport } of opened.splice(0)) {
    await transport.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A server that answers so, and a transport to it. */
async function serve(respond: (incoming: IncomingMessage, response: ServerResponse) => void | Promise<void>) {
  const server = createServer((incoming, response) => {
    incoming.resume().on('end', () => void respond(incoming, response));
  });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = openHttpTransport({ origin, connectMs: 5000, proxyUrl: undefined });
  opened.push({ server, transport });
  const send = (reply: Reply): void =>
    transport.send({ endpoint: { origin, path: '/' }, method: 'POST', headers: {}, body: '{}' }, reply);
  return { server, transport, send, connectionCount: () => connections };
}

test('a packed answer loses the headers of its packing', async () => {
  const { send } = await serve((_incoming, response) => {
    const bytes = gzipSync('hello');
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length, 'x-kept': 'yes' });
    response.end(bytes);
  });
  const reply = new Reply();
  send(reply);
  expect(await reply.over).toBeUndefined();
  expect(reply.text).toBe('hello');
  expect(reply.headers).toMatchObject({ 'x-kept': 'yes' });
  expect(reply.headers).not.toHaveProperty('content-encoding');
  expect(reply.headers).not.toHaveProperty('content-length');
});

test('each piece of a packed stream arrives before the next is written', async () => {
  const pieces = ['one', 'two', 'three'];
  let gzip: ReturnType<typeof createGzip> | undefined;
  const writeNext = (): void => {
    const piece = pieces.shift();
    if (piece === undefined) gzip?.end();
    else gzip?.write(piece, () => gzip?.flush());
  };
  const { send } = await serve((_incoming, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    gzip = createGzip();
    gzip.pipe(response);
    writeNext();
  });
  const reply = new Reply();
  const onData = reply.onData.bind(reply);
  reply.onData = (chunk) => {
    onData(chunk);
    writeNext();
  };
  send(reply);
  expect(await reply.over).toBeUndefined();
  expect(reply.text).toBe('onetwothree');
});

test('a reader who pauses holds the provider of a packed answer back', async () => {
  const block = gzipSync(randomBytes(64 * 1024));
  let acceptedBytes = 0;
  let stalled: () => void = () => undefined;
  const hasStalled = new Promise<void>((resolve) => {
    stalled = resolve;
  });
  const { send } = await serve(async (_incoming, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    const isClosed = new Promise((resolve) => response.on('close', resolve));
    while (acceptedBytes < 2 * BUFFERED_BYTES && !response.destroyed) {
      acceptedBytes += block.length;
      if (response.write(block)) continue;
      // Nobody takes any more for this long: the reader holds the whole way back.
      const watchdog = setTimeout(stalled, 300);
      await Promise.race([new Promise((resolve) => response.once('drain', resolve)), isClosed]);
      clearTimeout(watchdog);
    }
    response.end();
  });
  const reply = new Reply();
  reply.onFirstData = (control) => control?.pause();
  send(reply);
  await hasStalled;
  expect(reply.callbacks).toBe(1);
  expect(acceptedBytes).toBeLessThan(BUFFERED_BYTES);
  reply.control?.resume();
  const error = (await reply.over) as RouterError;
  // Past the limit of an unpacked answer it is cut, however slowly it was read.
  expect(error.code).toBe('upstream.oversized');
  expect(reply.sizeBytes).toBe(MAX_DECODED_BYTES);
});

test('a bomb is cut at the limit and takes little from the provider', async () => {
  const block = gzipSync(Buffer.alloc(16 * MIB));
  let sentBytes = 0;
  const { send } = await serve((_incoming, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    const write = (): void => {
      while (!response.destroyed) {
        sentBytes += block.length;
        if (!response.write(block)) return;
      }
    };
    response.on('drain', write);
    write();
  });
  const reply = new Reply();
  send(reply);
  expect(((await reply.over) as RouterError).code).toBe('upstream.oversized');
  expect(reply.sizeBytes).toBeLessThanOrEqual(MAX_DECODED_BYTES);
  expect(sentBytes).toBeLessThan(BUFFERED_BYTES);
});

test('giving up closes the connection, opens none, and is the last that is heard', async () => {
  let closed: Promise<unknown> = Promise.resolve();
  let asked: () => void = () => undefined;
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const { server, send, connectionCount } = await serve((incoming) => {
    closed = once(incoming.socket, 'close');
    asked();
  });
  const reply = new Reply();
  send(reply);
  await isAsked;
  reply.control?.abort();
  await closed;
  const next = new Reply();
  server.removeAllListeners('request');
  server.on('request', (_incoming, response) => response.end('next'));
  send(next);
  expect(await next.over).toBeUndefined();
  expect(next.text).toBe('next');
  expect(connectionCount()).toBe(2);
  expect(reply.callbacks).toBe(0);
});

test('giving up what is still being unpacked leaves the connection to whoever has it now', async () => {
  const bytes = gzipSync(Buffer.alloc(MIB));
  const { send, connectionCount } = await serve((_incoming, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length });
    response.end(bytes);
  });
  const first = new Reply();
  const paused = new Promise<void>((resolve) => {
    first.onFirstData = (control) => {
      control?.pause();
      resolve();
    };
  });
  send(first);
  await paused;
  const second = new Reply();
  send(second);
  first.control?.abort();
  expect(await second.over).toBeUndefined();
  expect(second.sizeBytes).toBe(MIB);
  expect(connectionCount()).toBeLessThanOrEqual(2);
  expect(first.callbacks).toBe(1);
});

test('a request that is given up before there is a connection is never sent', async () => {
  let requests = 0;
  const { send } = await serve((_incoming, response) => {
    requests += 1;
    response.end('x');
  });
  const given = new Reply();
  send(given);
  given.control?.abort();
  const next = new Reply();
  send(next);
  expect(await next.over).toBeUndefined();
  expect(requests).toBe(1);
  expect(given.callbacks).toBe(0);
});

test('what stands in the way of a connection is told apart, and no address is told', async () => {
  const failures: readonly (readonly [origin: string, words: RegExp])[] = [
    ['http://127.0.0.1:1', /nobody listens/],
    [`http://${'x'.repeat(64)}.invalid`, /name cannot be resolved/],
  ];
  for (const [origin, words] of failures) {
    const transport = openHttpTransport({ origin, connectMs: 5000, proxyUrl: undefined });
    const reply = new Reply();
    transport.send({ endpoint: { origin, path: '/' }, method: 'POST', headers: {}, body: '{}' }, reply);
    const error = (await reply.over) as RouterError;
    expect(error.code).toBe('upstream.unreachable');
    expect(error.publicMessage).toMatch(words);
    expect(error.publicMessage).not.toMatch(/127|invalid/);
    await transport.close();
  }
});
