import { type ChildProcess, spawn } from 'node:child_process';

const KEPT_CHARACTERS = 100_000;

export interface AgentCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
}

export interface AgentEnd {
  /** `code 0`, `SIGKILL` or `the deadline of 120 s`. */
  readonly by: string;
  readonly isClean: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Agents start programs of their own, so each leads a process group that ends as a whole. */
export class AgentProcesses {
  readonly #running = new Set<ChildProcess>();

  /** From here on the end of this process takes the agents along. */
  guard(): void {
    process.on('exit', () => {
      for (const child of this.#running) endGroup(child);
    });
  }

  /** Runs an agent to its end, or to the deadline. Rejects where it cannot be started. */
  async run({ command, args, cwd, env, deadlineMs }: AgentCommand): Promise<AgentEnd> {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#running.add(child);
    const stdout = keepEnd(child.stdout);
    const stderr = keepEnd(child.stderr);
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      endGroup(child);
    }, deadlineMs);
    try {
      const { code, signal } = await endOf(child);
      const by = isLate ? `the deadline of ${deadlineMs / 1000} s` : (signal ?? `code ${code}`);
      return { by, isClean: code === 0 && !isLate, stdout: stdout(), stderr: stderr() };
    } finally {
      clearTimeout(deadline);
      this.#running.delete(child);
    }
  }
}

function endOf(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // Whatever the agent leaves running would hold its output open.
    child.once('exit', () => endGroup(child));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (thrown) {
    // ESRCH: nobody of the group is left.
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

function keepEnd(stream: NodeJS.ReadableStream): () => string {
  let kept = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    kept = (kept + text).slice(-KEPT_CHARACTERS);
  });
  return () => kept;
}
