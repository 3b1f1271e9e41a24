import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { EdgeLimits } from '../../src/http/edge-limits.ts';
import { type Runtime, startRuntime } from '../../src/runtime.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  readonly body: any;
}

/** A whole router on a free port of loopback, with its own file and databases. */
export interface TestRouter {
  readonly url: string;
  readonly runtime: Runtime;
  readonly file: string;
  readonly dataDir: string;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The answer with its body unread. */
  send(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** The newest record. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into records of any shape
  lastRecord(): Promise<any>;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly host?: string;
  readonly edge?: Partial<EdgeLimits>;
}

export async function startRouter(
  toml: string,
  { env = {}, host = '127.0.0.1', edge = {} }: StartOptions = {},
): Promise<TestRouter> {
  const directory = mkdtempSync(join(tmpdir(), 'llm-router-test-'));
  const file = join(directory, 'router.toml');
  const dataDir = join(directory, 'data');
  writeFileSync(file, toml);
  const runtime = await startRuntime({
    location: { file, isExplicit: true },
    env,
    overrides: { host, port: 0, dataDir },
    log: pino({ level: 'silent' }),
    edge,
  });
  const url = runtime.url.replace('0.0.0.0', '127.0.0.1');
  const send: TestRouter['send'] = (path, body, headers = {}) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const get: TestRouter['get'] = async (path, headers = {}) => read(await fetch(url + path, { headers }));
  return {
    url,
    runtime,
    file,
    dataDir,
    get,
    send,
    post: async (path, body, headers) => read(await send(path, body, headers)),
    lastRecord: async () => {
      const { status, body } = await get('/monitor/invocations?limit=1&order_by=id');
      if (status !== 200) throw new Error(`no records: ${status} ${JSON.stringify(body)}`);
      return body.items[0];
    },
    stop: async () => {
      await runtime.close(0);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Keys rest that were refused or limited; for tests that go on with the same router. */
export function forgetKeyRests({ runtime }: TestRouter): void {
  runtime.services.connections.keys.reconcile(new Map());
}

async function read(response: Response): Promise<Answer> {
  return { status: response.status, headers: response.headers, body: await response.json() };
}
