import { Agent, request } from 'node:http';

/** A call whose answer the client has seen to its end. */
export interface FinishedCall {
  readonly requestId: string;
  /** Monotonic milliseconds, as all times here. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly status: number;
}

export interface Load {
  /** In the order in which they ended. */
  readonly finished: FinishedCall[];
  /** Calls that ended without a whole answer. */
  broken: number;
  /** Resolves when no call is under way any more. */
  stop(): Promise<void>;
}

const CALL = JSON.stringify({ model: 'mock/echo', messages: [{ role: 'user', content: 'Hi' }] });

/** One call over a connection that is kept. Rejects where there is no whole answer. */
function call(url: string, agent: Agent): Promise<FinishedCall> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent, headers: { 'content-type': 'application/json' } };
    const sent = request(`${url}/v1/chat/completions`, options, (answer) => {
      answer.resume();
      answer.on('error', reject);
      answer.on('end', () => {
        if (!answer.complete) return reject(new Error('cut'));
        const requestId = String(answer.headers['x-request-id']);
        resolve({ requestId, startedAt, finishedAt: performance.now(), status: answer.statusCode ?? 0 });
      });
    });
    sent.on('error', reject);
    sent.end(CALL);
  });
}

/** Calls side by side, each client one after the other, until it is stopped. A client whose call breaks gives up. */
export function startLoad(url: string, { clients = 4, pauseMs = 0 } = {}): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  let isStopped = false;
  const run = async (): Promise<void> => {
    while (!isStopped) {
      try {
        load.finished.push(await call(url, agent));
      } catch {
        load.broken += 1;
        return;
      }
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
  const load: Load = {
    finished: [],
    broken: 0,
    stop: async () => {
      isStopped = true;
      await all;
      agent.destroy();
    },
  };
  const all = Promise.all(Array.from({ length: clients }, run));
  return load;
}
