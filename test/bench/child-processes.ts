import { type ChildProcess, fork, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

const STOP_DEADLINE_MS = 10_000;
const KEPT_OUTPUT_CHARACTERS = 16_384;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Every process that this one started, each ended by its own id whatever happens. */
export class ChildProcesses {
  readonly #running = new Set<ChildProcess>();

  /** From here on a signal or an exception takes the children along. */
  guard(): void {
    process.on('exit', () => this.#kill());
    for (const signal of SIGNALS) process.on(signal, () => process.exit(130));
  }

  /** A module of this folder, with this process's loader and a channel of messages. */
  fork(file: string): ChildProcess {
    return this.#adopt(fork(file, { serialization: 'advanced' }));
  }

  spawn(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    return this.#adopt(spawn(command, args, options));
  }

  /** Asks first, and waits for the end. */
  async stop(child: ChildProcess): Promise<void> {
    if (hasEnded(child)) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
    await ended;
    clearTimeout(force);
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((child) => this.stop(child)));
  }

  #adopt(child: ChildProcess): ChildProcess {
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return child;
  }

  #kill(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

export function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} did not start`);
  return child.pid;
}

/** Resolves to the next message; rejects when the child ends before it sends one. */
export function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (action: () => void): void => {
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      action();
    };
    const onMessage = (message: unknown): void => settle(() => resolve(message));
    const onError = (error: Error): void => settle(() => reject(error));
    const onExit = (code: number | null): void => onError(new Error(`${child.spawnfile} ended with code ${code}`));
    child.on('message', onMessage).on('exit', onExit).on('error', onError);
  });
}

/** Resolves to the first match in what the child prints; rejects with the output when it ends before. Reads on. */
export function nextMatch(child: ChildProcess, pattern: RegExp, deadlineMs: number): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let output = '';
    const fail = (reason: string): void => reject(new Error(`${reason}. It printed:\n${output}`));
    const deadline = setTimeout(() => fail('the process is not ready'), deadlineMs);
    const read = (text: string): void => {
      output = (output + text).slice(-KEPT_OUTPUT_CHARACTERS);
      const match = pattern.exec(output);
      if (match === null) return;
      clearTimeout(deadline);
      resolve(match);
    };
    child.stdout?.setEncoding('utf8').on('data', read);
    child.stderr?.setEncoding('utf8').on('data', read);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`the process ended with code ${code}`));
  });
}
