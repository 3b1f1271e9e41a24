import { type Logger, pino } from 'pino';
import type { ConfigOverrides } from '../config/build-server.ts';
import type { Environment } from '../config/environment.ts';
import { formatProblems } from '../config/format-problems.ts';
import { locateConfig, readLogLevel } from '../env.ts';
import { startRuntime } from '../runtime.ts';
import { EXIT_CONFIG, EXIT_TEMPFAIL, StartupError } from '../startup-error.ts';
import { type CommandLine, optionText, UsageError } from './arguments.ts';
import { endOnCrash, handleSignals } from './process-events.ts';

/** Starts the service. Returns an exit code where it cannot start, undefined while it runs. */
export async function serve({ options }: CommandLine, env: Environment): Promise<number | undefined> {
  const log: Logger = pino({ level: readLogLevel(optionText(options, 'log-level'), env), base: null });
  const location = locateConfig(optionText(options, 'config'), env);
  try {
    const runtime = await startRuntime({ location, env, overrides: readOverrides(options), log });
    handleSignals(runtime, log);
    endOnCrash(runtime, log);
    return undefined;
  } catch (thrown) {
    const failure = explainStart(thrown);
    if (failure === undefined) throw thrown;
    console.error(failure.message);
    // Threads and watchers that are open already must not keep a failed start alive.
    process.exit(failure.exitCode);
  }
}

function readOverrides(options: CommandLine['options']): ConfigOverrides {
  const host = optionText(options, 'host');
  const port = optionText(options, 'port');
  const dataDir = optionText(options, 'data-dir');
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: readPort(port) }),
    ...(dataDir === undefined ? {} : { dataDir }),
  };
}

function readPort(value: string): number {
  const port = Number(value);
  if (/^\d{1,5}$/.test(value) && port <= 65_535) return port;
  throw new UsageError(`--port: expected a number from 0 to 65535, found ${value}`);
}

/** Why the system does not let the service listen; the port may be another process's that is about to end. */
const LISTEN_EXITS: Readonly<Record<string, number>> = {
  EADDRINUSE: EXIT_TEMPFAIL,
  EACCES: EXIT_CONFIG,
  EADDRNOTAVAIL: EXIT_CONFIG,
};

interface StartFailure {
  readonly message: string;
  readonly exitCode: number;
}

/** Undefined for an error that nobody foresaw. */
function explainStart(thrown: unknown): StartFailure | undefined {
  if (thrown instanceof StartupError) {
    const { file = '', problems, exitCode } = thrown;
    return { message: [...formatProblems(file, problems), thrown.message].join('\n'), exitCode };
  }
  const { code = '', message } = thrown as NodeJS.ErrnoException;
  const exitCode = LISTEN_EXITS[code];
  return exitCode === undefined ? undefined : { message: `cannot listen: ${message}`, exitCode };
}
