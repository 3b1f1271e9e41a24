import { type Logger, pino } from 'pino';
import type { ConfigOverrides } from '../config/build-server.ts';
import type { Environment } from '../config/environment.ts';
import { formatProblems } from '../config/format-problems.ts';
import { locateConfig, readLogLevel } from '../env.ts';
import { startRuntime } from '../runtime.ts';
import { EXIT_CONFIG, StartupError } from '../startup-error.ts';
import { type CommandLine, UsageError } from './arguments.ts';
import { endOnCrash, handleSignals } from './process-events.ts';

/** Starts the service. Returns an exit code where it cannot start, undefined while it runs. */
export async function serve({ options }: CommandLine, env: Environment): Promise<number | undefined> {
  const log: Logger = pino({ level: readLogLevel(text(options['log-level']), env), base: null });
  const location = locateConfig(text(options['config']), env);
  try {
    const runtime = await startRuntime({ location, env, overrides: readOverrides(options), log });
    handleSignals(runtime, log);
    endOnCrash(runtime, log);
    return undefined;
  } catch (thrown) {
    const message = explainStart(thrown);
    if (message === undefined) throw thrown;
    console.error(message);
    // Threads and watchers that are open already must not keep a failed start alive.
    process.exit(EXIT_CONFIG);
  }
}

function readOverrides(options: CommandLine['options']): ConfigOverrides {
  const host = text(options['host']);
  const dataDir = text(options['data-dir']);
  const port = options['port'] === undefined ? undefined : readPort(String(options['port']));
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(dataDir === undefined ? {} : { dataDir }),
  };
}

function readPort(value: string): number {
  const port = Number(value);
  if (/^\d{1,5}$/.test(value) && port <= 65_535) return port;
  throw new UsageError(`--port: expected a number from 0 to 65535, found ${value}`);
}

function text(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function explainStart(thrown: unknown): string | undefined {
  if (thrown instanceof StartupError)
    return [...formatProblems(thrown.file ?? '', thrown.problems), thrown.message].join('\n');
  const { code, message } = thrown as NodeJS.ErrnoException;
  return code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL'
    ? `cannot listen: ${message}`
    : undefined;
}
