import { type ChildProcess, type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { buildOnce } from '../../support/build-once.ts';

/** Nothing outlives whoever started it. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface RouterProcess {
  readonly child: ChildProcessByStdio<null, Readable, null>;
  readonly pid: number;
  readonly url: string;
  /** What it has logged, one object a line. */
  readonly log: Record<string, unknown>[];
  /** Exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface StartOptions {
  readonly toml: string;
  readonly dataDir: string;
  readonly nodeArgs?: readonly string[];
  /** Shell commands that the process inherits: limits, ignored signals. */
  readonly before?: string;
}

/** Starts the router as a process of its own and waits until it listens. */
export async function startProcess({ toml, dataDir, nodeArgs = [], before }: StartOptions): Promise<RouterProcess> {
  const main = buildOnce();
  const file = join(dirname(dataDir), 'router.toml');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, toml);
  const args = [...nodeArgs, main, 'serve', '--port', '0', '--config', file, '--data-dir', dataDir];
  const command = [process.execPath, ...args];
  const [program, ...rest] = before === undefined ? command : ['bash', '-c', `${before}; exec "$0" "$@"`, ...command];
  const child = spawn(program ?? '', rest, {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const log: Record<string, unknown>[] = [];
  const url = await new Promise<string>((listening, reject) => {
    ended.then((code) => reject(new Error(`it ended with ${code} before it listened: ${JSON.stringify(log)}`)), reject);
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(JSON.parse(line) as Record<string, unknown>);
      const found = /listening on (http:\/\/[^"]+)/.exec(line)?.[1];
      if (found !== undefined) listening(found);
    });
  });
  return { child, pid: child.pid ?? 0, url, log, ended };
}

/** Changes what a running process may use: `prlimit` of util-linux. */
export async function setLimit(
  { pid }: RouterProcess,
  resource: 'nofile' | 'fsize',
  soft: number | 'unlimited',
): Promise<void> {
  await promisify(execFile)('prlimit', ['--pid', String(pid), `--${resource}=${soft}:`]);
}
