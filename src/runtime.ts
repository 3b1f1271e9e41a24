import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { isLoopbackAddress } from './access/local-trust.ts';
import type { ConfigOverrides } from './config/build-server.ts';
import type { Environment } from './config/environment.ts';
import { type BuildResult, loadRouterToml } from './config/load-router-toml.ts';
import { createReloader, type Reloader, type ReloadOutcome } from './config/reloader.ts';
import type { RouterSnapshot } from './config/snapshot.ts';
import { type RouterTomlWatch, watchRouterToml } from './config/watch.ts';
import { drain } from './drain.ts';
import { EMBEDDED_ROUTER_TOML } from './embedded-defaults.ts';
import type { ConfigLocation } from './env.ts';
import { healthDetail } from './health-detail.ts';
import { createApp } from './http/app.ts';
import { ClientConnections } from './http/client-connections.ts';
import { EDGE_LIMITS, type EdgeLimits } from './http/edge-limits.ts';
import { systemClock } from './lib/clock.ts';
import { listen, urlOf } from './listen.ts';
import { settlesWithin } from './monitor/settle-within.ts';
import { findProviderSpec, providerTypes } from './providers/registry.ts';
import { allRoutes } from './routes.ts';
import { closeServices, openServices, type Services } from './services.ts';
import { StartupError } from './startup-error.ts';

export interface RuntimeOptions {
  readonly location: ConfigLocation;
  readonly env: Environment;
  readonly overrides: ConfigOverrides;
  readonly log: Logger;
  /** Other bounds for clients than the usual ones. */
  readonly edge?: Partial<EdgeLimits>;
}

/** A running router. */
export interface Runtime {
  readonly url: string;
  readonly services: Services;
  readonly watch: RouterTomlWatch;
  readonly reloader: Reloader;
  /** Takes no more calls, lets those in flight end for at most `drainMs`, writes all records, lets everything go. */
  close(drainMs: number): Promise<void>;
}

/** How long the first call may wait for the monitor database, in milliseconds; without it calls are served all the same. */
const MONITOR_OPEN_MS = 2000;

/** Loads, opens, listens. Throws a StartupError for a configuration that cannot be served. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { location, log } = options;
  const startedAt = performance.now();
  const { snapshot, loaded } = await loadFirst(options);
  const configMs = performance.now() - startedAt;
  refuseOpenDoor(snapshot);
  const services = openServices(snapshot, log);
  let isDraining = false;
  const isLoopbackOnly = isLocalHost(snapshot.server.host);
  const reloader = createReloader({
    store: services.store,
    build: (bytes, version) => build(options, bytes, version, location.file),
    now: systemClock.wallTime,
    report: (outcome) => logReload(log, outcome),
  });
  const watch = watchRouterToml({
    file: location.file,
    loaded,
    reloader,
    clock: systemClock,
    onError: (error) => log.warn({ err: error }, 'router.toml cannot be watched well; it is still looked at'),
  });
  const limits = { ...EDGE_LIMITS, ...options.edge };
  const connections = new ClientConnections(limits);
  const app = createApp({
    store: services.store,
    authenticator: services.authenticator,
    metrics: services.metrics,
    isLoopbackOnly,
    connections,
    limits,
    onUnexpected: (error, requestId) => log.error({ err: error, requestId }, 'unexpected error'),
    routes: allRoutes(services, { isDraining: () => isDraining, detail: () => healthDetail(services, reloader) }),
  });
  const { host, port } = snapshot.server;
  const onTrouble = (error: Error): void => log.error({ err: error }, 'connections cannot be accepted now');
  // Whoever is served before there is a place for records would lose his to a sudden end.
  await settlesWithin(services.monitor.opened, MONITOR_OPEN_MS);
  const server = await listen(app, { host, port, limits, connections, onTrouble });
  const url = urlOf(server);
  logStart(log, snapshot, url, configMs);
  return {
    url,
    services,
    watch,
    reloader,
    close: async (drainMs) => {
      isDraining = true;
      await drain({ server, connections, gateway: services.gateway }, drainMs);
      await watch.close();
      await closeServices(services);
    },
  };
}

interface FirstLoad {
  readonly snapshot: RouterSnapshot;
  /** Bytes of the file; undefined where the embedded defaults stand in for it. */
  readonly loaded: Uint8Array | undefined;
}

/** What to start with: the file, or the embedded defaults where no file was asked for and none is there. */
async function loadFirst(options: RuntimeOptions): Promise<FirstLoad> {
  const { file, isExplicit } = options.location;
  const hasFile = existsSync(file);
  if (!hasFile && isExplicit) throw new StartupError(`there is no file ${file}`);
  const loaded = hasFile ? await readFile(file) : undefined;
  const result = build(options, loaded ?? Buffer.from(EMBEDDED_ROUTER_TOML), 1, hasFile ? file : undefined);
  if (!result.ok) throw new StartupError(`${file} cannot be used`, result.problems, file);
  return { snapshot: result.snapshot, loaded };
}

function build(
  { env, overrides }: RuntimeOptions,
  bytes: Uint8Array,
  version: number,
  file: string | undefined,
): BuildResult {
  const catalog = { findSpec: findProviderSpec, providerTypes: providerTypes() };
  return loadRouterToml(bytes, { ...catalog, file, env, overrides, version, now: systemClock.wallTime() });
}

function isLocalHost(host: string): boolean {
  return host === 'localhost' || isLoopbackAddress(host);
}

/** Serving the network without any key would be an open relay for somebody's money: that has to be asked for. */
function refuseOpenDoor({ server, apiKeys }: RouterSnapshot): void {
  if (isLocalHost(server.host) || server.allowUnauthenticated || apiKeys.some((key) => key.isActive)) return;
  throw new StartupError(
    `no API key is configured, so ${server.host} would be open to everybody: add [[api_keys]] or LLM_ROUTER_API_KEYS, ` +
      'listen on 127.0.0.1, or set allow_unauthenticated = true in [server]',
  );
}

function logStart(log: Logger, snapshot: RouterSnapshot, url: string, configMs: number): void {
  for (const problem of snapshot.problems) {
    const { level, path, message, line } = problem;
    if (level !== 'notice') log.warn({ path, line }, `router.toml: ${message}`);
  }
  log.info(
    {
      startupMs: Math.round(performance.now()),
      configMs: Math.round(configMs),
      config: snapshot.file ?? 'embedded defaults',
      providers: snapshot.providers.size,
      models: snapshot.models.size,
    },
    `listening on ${url}`,
  );
}

function logReload(log: Logger, outcome: ReloadOutcome): void {
  if (outcome.kind === 'unchanged') return;
  if ('snapshot' in outcome) {
    const { version, models, providers } = outcome.snapshot;
    log.info({ version, providers: providers.size, models: models.size }, 'router.toml reloaded');
    return;
  }
  log.warn({ problems: outcome.problems }, 'router.toml was not taken over; the last good configuration stays');
}
