import { join } from 'node:path';
import type { Logger } from 'pino';
import { Authenticator } from './access/authenticator.ts';
import { ConfigStore } from './config/config-store.ts';
import type { RouterSnapshot } from './config/snapshot.ts';
import { MAIN_DATABASE, MONITOR_DATABASE } from './data-files.ts';
import { ActiveProbes } from './gateway/active-probes.ts';
import { Gateway } from './gateway/gateway.ts';
import { RetryBudget } from './gateway/retry-budget.ts';
import { systemClock } from './lib/clock.ts';
import { Deadlines } from './lib/deadlines.ts';
import { oncePer } from './lib/once-per.ts';
import { Metrics } from './monitor/metrics.ts';
import { retentionOf } from './monitor/retention.ts';
import { ProviderConnections } from './providers/connections.ts';
import { ModelLimits } from './routing/model-limits.ts';
import { TargetHealth } from './routing/target-health.ts';
import { WaitingLine } from './routing/waiting-line.ts';
import { StartupError, TemporaryStartupError } from './startup-error.ts';
import { type Monitor, openMonitor } from './storage/open-monitor.ts';
import { SqliteCatalog } from './storage/sqlite-catalog.ts';
import { SqliteLearnedLimits } from './storage/sqlite-learned-limits.ts';
import { DatabaseOpenError, isBusy } from './storage/sqlite-open.ts';

/** Everything that lives as long as the process, built once. */
export interface Services {
  readonly store: ConfigStore;
  readonly authenticator: Authenticator;
  readonly connections: ProviderConnections;
  readonly limits: ModelLimits;
  readonly health: TargetHealth;
  readonly waitingLine: WaitingLine;
  readonly catalog: SqliteCatalog;
  readonly monitor: Monitor;
  readonly metrics: Metrics;
  readonly gateway: Gateway;
  readonly probes: ActiveProbes;
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
    file: join(dataDir, MONITOR_DATABASE),
    retention: retentionOf(snapshot.monitoring),
    onDrop: (count) => metrics.countDroppedRecords(count),
    onWriteError: (error) => {
      metrics.countRecordWriteError();
      warnOfWriteError(error);
    },
    onNotice: (message) => log.warn(`monitor: ${message}`),
  });
  const mainFile = join(dataDir, MAIN_DATABASE);
  const catalog = openCatalog(mainFile, log);
  const store = new ConfigStore(snapshot);
  const authenticator = new Authenticator();
  const warnOfLearned = oncePer(WARN_INTERVAL_MS, clock.now, (suppressed, error: unknown) => {
    log.warn({ err: error, suppressed }, 'learned limits cannot be kept now');
  });
  const connections = new ProviderConnections(
    { dataDir, onNotice: (message) => log.warn(`local models: ${message}`) },
    { clock, store: new SqliteLearnedLimits(mainFile), onError: warnOfLearned },
  );
  const waitingLine = new WaitingLine({ clock });
  const limits = new ModelLimits({ clock, waitingLine });
  const health = new TargetHealth();
  const deadlines = new Deadlines(clock);
  const probes = new ActiveProbes({ connections, deadlines, clock, health });
  const follow = (next: RouterSnapshot): void => {
    monitor.setRetention(retentionOf(next.monitoring));
    catalog.register(next);
    authenticator.reconcile(next);
    limits.reconcile(next, clock.now());
    health.reconcile(next);
    probes.follow(next);
    connections.reconcile(next.providers);
  };
  follow(snapshot);
  store.onSwap(follow);
  const gateway = new Gateway({
    connections,
    deadlines,
    clock,
    limits,
    health,
    waitingLine,
    retryBudget: new RetryBudget(),
    random: Math.random,
    records: monitor.recorder,
    catalog,
    onUnexpected: (error, requestId) => log.error({ err: error, requestId }, 'unexpected error'),
  });
  return { store, authenticator, connections, limits, health, waitingLine, catalog, monitor, metrics, gateway, probes };
}

function openCatalog(file: string, log: Logger): SqliteCatalog {
  try {
    return new SqliteCatalog({ file, onNotice: (message) => log.warn(message) });
  } catch (thrown) {
    if (!(thrown instanceof DatabaseOpenError)) throw thrown;
    throw isBusyInside(thrown) ? new TemporaryStartupError(thrown.message) : new StartupError(thrown.message);
  }
}

function isBusyInside(thrown: unknown): boolean {
  return isBusy(thrown) || (thrown instanceof Error && isBusyInside(thrown.cause));
}

/** Writes what is waiting and lets everything go. */
export async function closeServices(services: Services): Promise<void> {
  services.probes.close();
  await services.monitor.close(CLOSE_DEADLINE_MS);
  services.catalog.close();
  await services.connections.close();
}
