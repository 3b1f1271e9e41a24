import { join } from 'node:path';
import type { Logger } from 'pino';
import { Authenticator } from './access/authenticator.ts';
import { ConfigStore } from './config/config-store.ts';
import type { RouterSnapshot } from './config/snapshot.ts';
import { Gateway } from './gateway/gateway.ts';
import { systemClock } from './lib/clock.ts';
import { Deadlines } from './lib/deadlines.ts';
import { oncePer } from './lib/once-per.ts';
import { Metrics } from './monitor/metrics.ts';
import { ProviderConnections } from './providers/connections.ts';
import { ModelLimits } from './routing/model-limits.ts';
import { WaitingLine } from './routing/waiting-line.ts';
import { StartupError } from './startup-error.ts';
import { type Monitor, openMonitor } from './storage/open-monitor.ts';
import { SqliteCatalog } from './storage/sqlite-catalog.ts';
import { DatabaseOpenError } from './storage/sqlite-open.ts';

/** Everything that lives as long as the process, built once. */
export interface Services {
  readonly store: ConfigStore;
  readonly authenticator: Authenticator;
  readonly connections: ProviderConnections;
  readonly limits: ModelLimits;
  readonly waitingLine: WaitingLine;
  readonly catalog: SqliteCatalog;
  readonly monitor: Monitor;
  readonly metrics: Metrics;
  readonly gateway: Gateway;
}

/** A database that is down must not fill the log as well. */
const WARN_INTERVAL_MS = 60_000;

const CLOSE_DEADLINE_MS = 5_000;

/** Throws a StartupError where the main database cannot be used; the monitor database may fail and recover. */
export function openServices(snapshot: RouterSnapshot, log: Logger): Services {
  const { dataDir } = snapshot.server;
  const clock = systemClock;
  const metrics = new Metrics();
  const warnOfWriteError = oncePer(WARN_INTERVAL_MS, clock.now, (suppressed, error: unknown) => {
    log.warn({ err: error, suppressed }, 'records cannot be written now; they wait');
  });
  const monitor = openMonitor({
    file: join(dataDir, 'monitor.db'),
    onDrop: (count) => metrics.countDroppedRecords(count),
    onWriteError: (error) => {
      metrics.countRecordWriteError();
      warnOfWriteError(error);
    },
    onNotice: (message) => log.warn(`monitor: ${message}`),
  });
  const catalog = openCatalog(join(dataDir, 'router.db'), log);
  const store = new ConfigStore(snapshot);
  const authenticator = new Authenticator();
  const connections = new ProviderConnections({
    dataDir,
    onNotice: (message) => log.warn(`local models: ${message}`),
  });
  const limits = new ModelLimits();
  const follow = (next: RouterSnapshot): void => {
    catalog.register(next);
    authenticator.reconcile(next);
    limits.reconcile(next, clock.now());
    connections.reconcile(next.providers);
  };
  follow(snapshot);
  store.onSwap(follow);
  const waitingLine = new WaitingLine({ clock });
  const gateway = new Gateway({
    connections,
    deadlines: new Deadlines(clock),
    clock,
    limits,
    waitingLine,
    random: Math.random,
    records: monitor.recorder,
    catalog,
    onUnexpected: (error, requestId) => log.error({ err: error, requestId }, 'unexpected error'),
  });
  return { store, authenticator, connections, limits, waitingLine, catalog, monitor, metrics, gateway };
}

function openCatalog(file: string, log: Logger): SqliteCatalog {
  try {
    const onError = (error: unknown): void => log.error({ err: error }, 'ids could not be registered');
    return new SqliteCatalog({ file, onError });
  } catch (thrown) {
    if (thrown instanceof DatabaseOpenError) throw new StartupError(thrown.message);
    throw thrown;
  }
}

/** Writes what is waiting and lets everything go. */
export async function closeServices(services: Services): Promise<void> {
  await services.monitor.close(CLOSE_DEADLINE_MS);
  services.catalog.close();
  await services.connections.close();
}
