import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../config/environment.ts';
import type { RouterSnapshot } from '../config/snapshot.ts';
import { MONITOR_DATABASE } from '../data-files.ts';
import { nearestNames } from '../lib/nearest.ts';
import { readTime } from '../monitor/read-time.ts';
import type { ReadTraffic, TrafficGroup } from '../monitor/traffic.ts';
import { findModels } from '../routing/parse-model-name.ts';
import { EXIT_CONFIG } from '../startup-error.ts';
import { type CommandLine, optionNames, optionText, UsageError } from './arguments.ts';
import { reportDrill } from './drill-report.ts';
import { drillJson, drillText } from './drill-text.ts';
import { loadSnapshot } from './load-snapshot.ts';

const EXIT_LOST = 1;

/** sysexits.h: a file cannot be read. */
const EXIT_IOERR = 74;

const DEFAULT_SINCE = '24h';
const DURATION = /^(\d{1,6})([smhd])$/;
const MS_OF_UNIT: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What a drill needs of the process it runs in. */
export interface DrillPorts {
  readonly readTraffic: ReadTraffic;
  readonly print: (text: string) => void;
}

/**
 * Prints where the recorded traffic would go without some providers and models. Reads the records, calls nobody and
 * changes nothing. 1 where calls that were answered could not be served.
 */
export function drill(line: CommandLine, env: Environment, { readTraffic, print }: DrillPorts): number {
  const snapshot = loadSnapshot(line, env);
  if (snapshot === undefined) return EXIT_CONFIG;
  const killed = optionNames(line.options, 'kill');
  const targets = new Set(killed.flatMap((name) => targetsOf(snapshot, name)));
  const since = readSince(optionText(line.options, 'since') ?? DEFAULT_SINCE, Date.now());
  const database = join(snapshot.server.dataDir, MONITOR_DATABASE);
  if (!existsSync(database)) throw new UsageError(`there are no records: ${database} does not exist`);
  try {
    const report = reportDrill(snapshot, readable(readTraffic(database, since)), targets);
    const facts = { database, since, killed };
    print(line.options['json'] === true ? drillJson(report, facts) : drillText(report, facts));
    return report.lostCalls > 0 ? EXIT_LOST : 0;
  } catch (thrown) {
    if (!(thrown instanceof UnreadableError)) throw thrown;
    console.error(`${database} cannot be read: ${thrown.message}`);
    return EXIT_IOERR;
  }
}

class UnreadableError extends Error {}

/** Tells what is wrong with the records from what is wrong with the drill. */
function* readable(groups: Iterable<TrafficGroup>): Generator<TrafficGroup> {
  try {
    yield* groups;
  } catch (thrown) {
    throw new UnreadableError(thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
  }
}

/** A provider's name, or the keys of models. A misspelt name would take nothing out, and the drill would look good. */
function targetsOf(snapshot: RouterSnapshot, name: string): readonly string[] {
  if (snapshot.providers.has(name)) return [name];
  const models = name.includes('/') ? findModels(snapshot, name) : undefined;
  if (models !== undefined) return models.map(({ key }) => key);
  const [nearest] = nearestNames(name, [...snapshot.providers.keys(), ...snapshot.models.keys()], 1);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  throw new UsageError(`--kill: there is no provider and no model (provider/model) called ${name}${hint}`);
}

/** A duration back from now, or a date. */
function readSince(text: string, now: number): number {
  const [, amount, unit = ''] = DURATION.exec(text) ?? [];
  const unitMs = MS_OF_UNIT[unit];
  const since = unitMs === undefined ? readTime(text) : now - Number(amount) * unitMs;
  if (since !== undefined) return since;
  throw new UsageError(`--since: expected a time such as 24h, 30m, 7d or 2026-01-31, found ${text}`);
}
