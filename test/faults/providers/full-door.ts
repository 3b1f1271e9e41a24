import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** A listener whose queue is full, so that the system leaves every further connection without an answer. */
export interface FullDoor {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens and never looks again: its thread sleeps. */
const SLEEPER = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600_000));
  });
`;

/** More than fit into the queue. */
const FILLERS = 8;

export async function openFullDoor(): Promise<FullDoor> {
  const worker = new Worker(SLEEPER, { eval: true });
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  const fillers = Array.from({ length: FILLERS }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await oneStaysOutside(fillers);
  return {
    port,
    close: async () => {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}

const SETTLE_MS = 200;

/** The queue is full when somebody is left waiting although the others have long been let in. */
async function oneStaysOutside(fillers: readonly Socket[]): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  if (!fillers.some((filler) => filler.connecting)) throw new Error('the listener let everybody in');
}
