import type { IncomingMessage, ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import type { GoneListener } from '../../src/gateway/answer-sink.ts';
import { ClientConnections } from '../../src/http/client-connections.ts';
import { EDGE_LIMITS } from '../../src/http/edge-limits.ts';
import { NodeSink } from '../../src/http/node-sink.ts';
import { listen, urlOf } from '../../src/listen.ts';
import { RawClient, requestBytes } from '../faults/clients/raw-client.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Held {
  readonly requests: WeakRef<IncomingMessage>[];
  readonly calls: WeakRef<GoneListener>[];
}

/** A server that answers every request at once, and is told by `held` what is still in memory. */
async function startServer(held: Held, checkIntervalMs: number): Promise<string> {
  const limits = { ...EDGE_LIMITS, checkIntervalMs };
  const connections = new ClientConnections(limits);
  const answer = (incoming: IncomingMessage, response: ServerResponse): void => {
    const sink = new NodeSink(response, limits.readerStallMs);
    connections.begin(incoming, sink);
    const call: GoneListener = () => undefined;
    sink.onGone(call);
    held.requests.push(new WeakRef(incoming));
    held.calls.push(new WeakRef(call));
    incoming.resume().on('end', () => sink.send(200, {}, 'done'));
  };
  const options = { host: '127.0.0.1', port: 0, limits, connections, onTrouble: () => undefined };
  const server = await listen(answer, options);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return urlOf(server);
}

const inMemory = (references: readonly WeakRef<object>[]): number => {
  collectGarbage();
  return references.filter((reference) => reference.deref() !== undefined).length;
};

test.each([
  ['one after the other', [1, 1, 1]],
  ['ahead of their answers', [3]],
])('a connection that is only kept holds none of its requests (sent %s)', async (_name, batches) => {
  const held: Held = { requests: [], calls: [] };
  const client = await RawClient.connect(await startServer(held, 10));
  for (const count of batches) {
    client.send(requestBytes({ body: '{}' }).repeat(count));
    for (let index = 0; index < count; index += 1) expect((await client.answer()).body).toBe('done');
  }
  expect(held.requests).toHaveLength(3);
  await expect.poll(() => inMemory(held.requests)).toBe(0);
  expect(client.socket.closed).toBe(false);
  client.leave();
});

test('an answer that is over holds nothing of its call, though nobody has looked at the connection since', async () => {
  const held: Held = { requests: [], calls: [] };
  const client = await RawClient.connect(await startServer(held, 3_600_000));
  client.send(requestBytes({ body: '{}' }));
  expect((await client.answer()).body).toBe('done');
  await expect.poll(() => inMemory(held.calls)).toBe(0);
  expect(inMemory(held.requests)).toBe(1);
  client.leave();
});
