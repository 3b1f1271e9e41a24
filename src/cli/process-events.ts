import type { Logger } from 'pino';
import { settlesWithin } from '../monitor/settle-within.ts';
import type { Runtime } from '../runtime.ts';
import { describeCrash } from './describe-crash.ts';

/** After a fault that nobody foresaw, records are written for so long. */
const CRASH_FLUSH_MS = 1000;

const EXIT_FAILURE = 1;

/** The first signal drains, the second ends at once; SIGHUP reads the file again. */
export function handleSignals(runtime: Runtime, log: Logger): void {
  let isClosing = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isClosing) process.exit(EXIT_FAILURE);
    isClosing = true;
    const { drainSeconds } = runtime.services.store.current.server;
    log.info(`${signal}: waiting for ${runtime.services.gateway.inFlight} calls to end`);
    runtime.close(drainSeconds * 1000).then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not close everything');
        process.exit(EXIT_FAILURE);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => {
    runtime.watch.trigger().catch((error: unknown) => log.warn({ err: error }, 'reload failed'));
  });
}

/**
 * An error outside of all requests leaves the process in a state that nobody knows: what is recorded is written, and a
 * supervisor starts it again. Promises that are rejected and not handled come here as well.
 */
export function endOnCrash({ services }: Runtime, log: Logger): void {
  let isEnding = false;
  process.on('uncaughtException', (thrown, origin) => {
    log.fatal({ origin, ...describeCrash(thrown) }, 'the process ends because of an error that nobody foresaw');
    if (isEnding) return;
    isEnding = true;
    const closing = services.monitor.close(CRASH_FLUSH_MS);
    void settlesWithin(closing, CRASH_FLUSH_MS).then(() => process.exit(EXIT_FAILURE));
  });
}
