// Keeps a fixed number of connections busy with one prepared request, reads every reply to its end and checks it. Runs
// in a process of its own, on raw sockets, so that it leaves most of a core to what is measured.
import { connect, type Socket } from 'node:net';
import type { LoadMessage, LoadPlan, LoadReport, LoadResult } from './load-client.ts';
import { ReplyReader } from './reply-reader.ts';
import { percentile } from './statistics.ts';

const HOST = '127.0.0.1';
/** What is under way when the time is up may end within this. */
const GRACE_MS = 30_000;

class LoadRun {
  readonly #plan: LoadPlan;
  readonly #lanes: readonly Lane[];
  readonly #latenciesMs: number[] = [];
  #startedAt = 0;
  #lastReplyAt = 0;
  #sent = 0;
  #errors = 0;
  #firstError: string | undefined;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#lanes = Array.from({ length: plan.connections }, () => new Lane(this, plan));
  }

  async open(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.open()));
  }

  /** Sends until time or count is used up, then lets the replies end. */
  async run(): Promise<LoadResult> {
    this.#startedAt = performance.now();
    const deadline = setTimeout(() => {
      for (const lane of this.#lanes) lane.close();
    }, this.#plan.durationMs + GRACE_MS);
    await Promise.all(this.#lanes.map((lane) => lane.run()));
    clearTimeout(deadline);
    for (const lane of this.#lanes) lane.close();
    this.#latenciesMs.sort((a, b) => a - b);
    return {
      sent: this.#sent,
      errors: this.#errors,
      firstError: this.#firstError,
      elapsedMs: this.#lastReplyAt - this.#startedAt,
      p50Ms: percentile(this.#latenciesMs, 0.5),
      p99Ms: percentile(this.#latenciesMs, 0.99),
    };
  }

  /** True, and counted, while another request may begin. */
  mayBegin(now: number): boolean {
    if (this.#sent >= this.#plan.maxRequests || now - this.#startedAt >= this.#plan.durationMs) return false;
    this.#sent += 1;
    return true;
  }

  succeed(latencyMs: number, now: number): void {
    this.#latenciesMs.push(latencyMs);
    this.#lastReplyAt = now;
  }

  fail(problem: string): void {
    this.#errors += 1;
    this.#firstError ??= problem;
    this.#lastReplyAt = performance.now();
  }
}

/** One connection and the request that is under way on it. */
class Lane {
  readonly #run: LoadRun;
  readonly #plan: LoadPlan;
  #socket: Socket | undefined;
  #reader: ReplyReader | undefined;
  #sentAt = 0;
  #firstContentAt = 0;
  #finish: () => void = () => undefined;

  constructor(run: LoadRun, plan: LoadPlan) {
    this.#run = run;
    this.#plan = plan;
  }

  async open(): Promise<void> {
    const socket = connect({ port: this.#plan.port, host: HOST, noDelay: true });
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve();
      });
    });
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', (error) => this.#break(error.message));
    socket.on('close', () => this.#break('the connection was closed'));
  }

  /** Resolves when no further request may begin, or the connection is lost. */
  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#next(performance.now());
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #next(now: number): void {
    if (this.#socket === undefined || this.#socket.destroyed || !this.#run.mayBegin(now)) {
      this.#finish();
      return;
    }
    this.#reader = new ReplyReader();
    this.#sentAt = now;
    this.#firstContentAt = 0;
    this.#socket.write(this.#plan.request);
  }

  #take(bytes: Buffer): void {
    const reader = this.#reader;
    if (reader === undefined) {
      this.#socket?.destroy();
      return;
    }
    try {
      reader.push(bytes);
    } catch (thrown) {
      this.#break(String(thrown));
      this.#socket?.destroy();
      return;
    }
    if (this.#firstContentAt === 0 && reader.bodyBytes > 0) this.#firstContentAt = performance.now();
    if (reader.isDone) this.#complete(reader);
  }

  #complete(reader: ReplyReader): void {
    const now = performance.now();
    this.#reader = undefined;
    const problem = problemOf(reader, this.#plan);
    if (problem === undefined) {
      const until = this.#plan.latency === 'whole' ? now : this.#firstContentAt;
      this.#run.succeed(until - this.#sentAt, now);
    } else this.#run.fail(problem);
    this.#next(now);
  }

  /** A connection that breaks is not opened again: its share of the load is missing, and the error says why. */
  #break(problem: string): void {
    if (this.#reader !== undefined) this.#run.fail(problem);
    this.#reader = undefined;
    this.#finish();
  }
}

function problemOf(reader: ReplyReader, { expected }: LoadPlan): string | undefined {
  const { status, bodyBytes, lineCount, tail } = reader;
  if (status !== 200) return `status ${status}: …${tail}`;
  if (bodyBytes < expected.minBodyBytes) return `a body of ${bodyBytes} bytes`;
  if (lineCount < expected.minLines) return `a body of ${lineCount} lines, which ends in ${JSON.stringify(tail)}`;
  if (!tail.endsWith(expected.ending)) return `a body that ends in ${JSON.stringify(tail)}`;
  return undefined;
}

let current: LoadRun | undefined;

async function obey(message: LoadMessage): Promise<LoadReport> {
  if (message.kind === 'open') {
    current = new LoadRun({ ...message.plan, request: Buffer.from(message.plan.request) });
    await current.open();
    return { kind: 'opened' };
  }
  if (current === undefined) throw new Error('nothing is open');
  return { kind: 'result', result: await current.run() };
}

process.on('message', (message: LoadMessage) => {
  obey(message).then(
    (report) => process.send?.(report),
    (thrown) => process.send?.({ kind: 'failed', problem: String(thrown) } satisfies LoadReport),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ kind: 'ready' } satisfies LoadReport);
