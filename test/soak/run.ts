// A long run of mixed calls, some of which fail and some of whose clients leave: memory, cross-talk, records, sockets.
// npm run soak -- [--requests=N] [--clients=N] [--faults=SHARE] [--stalls=SHARE] [--leavers=SHARE] [--curable]; see
// docs/reliability.md.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { startRouter } from '../bench/candidates.ts';
import { ChildProcesses, nextMessage, pidOf } from '../bench/child-processes.ts';
import { memoryOf } from '../bench/process-tree.ts';
import { faultOf } from './judge.ts';
import { type Call, nextCall, requestOf, type Trouble } from './traffic.ts';

/** From here to the end memory may grow by five parts in a hundred. */
const WARM_SHARE = 0.1;
const MAX_GROWTH = 1.05;
/** Shorter runs end before the heap has found its size: their growth says nothing. */
const JUDGED_FROM_REQUESTS = 1_000_000;
const STEPS = 20;
const MAX_SHOWN_FAULTS = 10;
const RECORDS_DEADLINE_MS = 10_000;

interface Tally {
  sent: number;
  left: number;
  /** Refused or broken, but not as promised. */
  faults: number;
  readonly shown: string[];
}

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '1000000' },
    clients: { type: 'string', default: '48' },
    faults: { type: 'string', default: '0.1' },
    stalls: { type: 'string', default: '0' },
    leavers: { type: 'string', default: '0.05' },
    curable: { type: 'boolean', default: false },
  },
});
const trouble: Trouble = {
  faults: Number(values.faults),
  stalls: Number(values.stalls),
  leavers: Number(values.leavers),
  isCurable: values.curable,
};
const requests = Number(values.requests);
const clients = Number(values.clients);

function toml(shaky: number, steady: number): string {
  const provider = (name: string, port: number, priority: number): string => `
[[providers]]
name = "${name}"
type = "openai"
base_url = "http://127.0.0.1:${port}/v1"
api_key = "soak"
[[models]]
name = "model"
provider = "${name}"
tags = ["chat"]
config = { priority = ${priority} }
`;
  return `[retry]\nbase_delay_ms = 1\nmax_delay_ms = 2\n[timeouts]\nfirst_token_ms = 500\n${provider('shaky', shaky, 9)}${provider('steady', steady, 1)}`;
}

async function play(pool: Pool, call: Call, tally: Tally): Promise<void> {
  const { path, body } = requestOf(call);
  const abort = new AbortController();
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await pool.request({ method: 'POST', path, headers, body, signal: abort.signal });
    if (call.leaves) {
      abort.abort();
      tally.left += 1;
      await response.body.dump().catch(() => undefined);
      return;
    }
    const model = String(response.headers['x-router-model'] ?? '');
    const fault = faultOf(call, { status: response.statusCode, model, text: await response.body.text() });
    if (fault !== undefined) report(tally, call, fault);
  } catch (thrown) {
    if (!abort.signal.aborted) report(tally, call, String(thrown));
  }
}

function report(tally: Tally, call: Call, fault: string): void {
  tally.faults += 1;
  if (tally.shown.length < MAX_SHOWN_FAULTS) tally.shown.push(`${JSON.stringify(call)}: ${fault}`);
}

async function soak(children: ChildProcesses, directory: string): Promise<boolean> {
  const provider = children.fork(fileURLToPath(new URL('provider.ts', import.meta.url)));
  const { ports } = (await nextMessage(provider)) as { readonly ports: readonly [number, number] };
  mkdirSync(directory, { recursive: true });
  const configFile = join(directory, 'router.toml');
  writeFileSync(configFile, toml(...ports));
  const home = { directory, configFile, dataDirectory: join(directory, 'data'), providerPort: ports[0] };
  const router = await startRouter(home, { children, directory });
  const pool = new Pool(`http://127.0.0.1:${router.port}`, { connections: clients, pipelining: 1 });
  const tally: Tally = { sent: 0, left: 0, faults: 0, shown: [] };
  let warmMiB = 0;
  const startedAt = performance.now();
  for (let step = 1; step <= STEPS; step += 1) {
    const until = Math.round((requests * step) / STEPS);
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (tally.sent < until) {
          tally.sent += 1;
          await play(pool, nextCall(tally.sent, trouble, Math.random), tally);
        }
      }),
    );
    const { residentMiB, peakMiB } = memoryOf(pidOf(router.child));
    if (step === Math.round(STEPS * WARM_SHARE)) warmMiB = residentMiB;
    const seconds = (performance.now() - startedAt) / 1000;
    console.log(
      `${String(tally.sent).padStart(8)} calls  ${seconds.toFixed(0).padStart(5)} s  ` +
        `${residentMiB.toFixed(1)} MiB resident, peak ${peakMiB.toFixed(1)}`,
    );
  }
  const records = await allRecords(pool, tally.sent);
  const endMiB = memoryOf(pidOf(router.child)).residentMiB;
  await pool.close();
  provider.send('connections');
  const { connections, asked } = (await nextMessage(provider)) as {
    readonly connections: number;
    readonly asked: readonly [number, number];
  };
  for (const fault of tally.shown) console.log(`! ${fault}`);
  const growth = endMiB / warmMiB;
  console.log(`answers that were not as promised: ${tally.faults}; clients that left: ${tally.left}`);
  const [shaky, steady] = asked;
  console.log(`requests at the shaky provider: ${shaky}, at the steady one: ${steady}`);
  console.log(`records: ${records} of ${tally.sent}; provider connections still open: ${connections} (kept alive)`);
  console.log(`resident memory: ${warmMiB.toFixed(1)} MiB after a tenth, ${endMiB.toFixed(1)} MiB at the end`);
  console.log(`growth: ${((growth - 1) * 100).toFixed(1)} %`);
  await children.stopAll();
  const isFlat = requests < JUDGED_FROM_REQUESTS || growth < MAX_GROWTH;
  return tally.faults === 0 && records === tally.sent && connections <= 4 * clients && isFlat;
}

/** Calls whose clients have left end a moment later than the clients: asks until all are there, or too long has passed. */
async function allRecords(pool: Pool, expected: number): Promise<number> {
  const until = performance.now() + RECORDS_DEADLINE_MS;
  let total = await totalRecords(pool);
  while (total < expected && performance.now() < until) total = await totalRecords(pool);
  return total;
}

async function totalRecords(pool: Pool): Promise<number> {
  const response = await pool.request({ method: 'GET', path: '/monitor/invocations?limit=1' });
  return ((await response.body.json()) as { readonly total: number }).total;
}

const children = new ChildProcesses();
children.guard();
const directory = mkdtempSync(join(tmpdir(), 'llm-router-soak-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
const isGood = await soak(children, directory);
console.log(isGood ? 'soak passed' : 'soak FAILED');
process.exit(isGood ? 0 : 1);
