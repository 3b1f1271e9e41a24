import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ChildProcesses, nextMessage } from './child-processes.ts';
import type { Expectation } from './scenarios.ts';

export interface LoadPlan {
  readonly port: number;
  readonly connections: number;
  /** Head and body as they go over the wire. */
  readonly request: Buffer;
  readonly expected: Expectation;
  /** What a latency is: until the whole reply, or until the first content of it. */
  readonly latency: 'whole' | 'first-content';
  readonly durationMs: number;
  readonly maxRequests: number;
}

export interface LoadResult {
  readonly sent: number;
  readonly errors: number;
  readonly firstError: string | undefined;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type LoadMessage = { readonly kind: 'open'; readonly plan: LoadPlan } | { readonly kind: 'run' };

export type LoadReport =
  | { readonly kind: 'ready' | 'opened' }
  | { readonly kind: 'result'; readonly result: LoadResult }
  | { readonly kind: 'failed'; readonly problem: string };

/** The process that makes the load; one plan at a time. */
export class LoadClient {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(children: ChildProcesses): Promise<LoadClient> {
    const child = children.fork(fileURLToPath(new URL('load-generator.ts', import.meta.url)));
    await nextMessage(child);
    return new LoadClient(child);
  }

  /** Connects, so that making connections is not part of what is measured. */
  async open(plan: LoadPlan): Promise<void> {
    await this.#ask({ kind: 'open', plan });
  }

  /** Carries out the open plan and closes its connections. */
  async run(): Promise<LoadResult> {
    const report = await this.#ask({ kind: 'run' });
    if (report.kind !== 'result') throw new Error(`the load generator said ${report.kind}`);
    return report.result;
  }

  async #ask(message: LoadMessage): Promise<LoadReport> {
    const answer = nextMessage(this.#child);
    this.#child.send(message);
    const report = (await answer) as LoadReport;
    if (report.kind === 'failed') throw new Error(`the load generator failed: ${report.problem}`);
    return report;
  }
}
