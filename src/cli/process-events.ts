import type { Logger } from 'pino';
import { systemClock } from '../lib/clock.ts';
import { settlesWithin } from '../monitor/settle-within.ts';
import type { Runtime } from '../runtime.ts';
import { describeCrash } from './describe-crash.ts';

/** After a fault that nobody foresaw, records are written for so long. */
const CRASH_FLUSH_MS = 1000;

const EXIT_FAILURE = 1;

/** Under npm one Ctrl-C comes twice: the terminal signals the whole group, and npm passes its own signal on. */
const ONE_WISH_MS = 1000;

/** The first signal drains, a later one ends at once; SIGHUP reads the file again. */
export function handleSignals(runtime: Runtime, log: Logger): void {
  let firstAt: number | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    const now = systemClock.now();
    if (firstAt !== undefined) {
      if (now - firstAt >= ONE_WISH_MS) process.exit(EXIT_FAILURE);
      return;
    }
    firstAt = now;
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
