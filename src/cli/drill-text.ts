import type { DrillMove, DrillReport } from './drill-report.ts';
import { textTable } from './text-table.ts';

/** What a report is about. */
export interface DrillFacts {
  /** Database file that was read. */
  readonly database: string;
  /** Milliseconds since the Unix epoch. */
  readonly since: number;
  /** As asked for. */
  readonly killed: readonly string[];
}

const HEADER = ['calls', 'share', 'cost before', 'cost after', 'from', 'to'];
const NUMBER_COLUMNS = 4;
const NOBODY = '(nobody)';

/** The report for people. */
export function drillText(report: DrillReport, { database, since, killed }: DrillFacts): string {
  const moved = report.moves.filter(({ from, to }) => to !== undefined && to !== from);
  const staying = report.moves.filter(({ from, to }) => to !== undefined && to === from);
  const unserved = report.moves.filter(({ to }) => to === undefined);
  return [
    `${callsText(report.calls)} since ${new Date(since).toISOString()} in ${database}`,
    killed.length === 0
      ? 'Nothing is taken out: this is what the file of today would do.'
      : `Taken out: ${killed.join(', ')}`,
    ...section('These would go elsewhere:', moved, report.calls),
    ...section('These would stay:', staying, report.calls),
    ...unservedLines(unserved, report),
    ...notes(report),
  ].join('\n');
}

/** The report for programs: costs in US dollars, a share from 0 to 1. */
export function drillJson(report: DrillReport, { database, since, killed }: DrillFacts): string {
  const moves = report.moves.map((move) => ({
    from: move.from ?? null,
    to: move.to ?? null,
    reason: move.reason ?? null,
    calls: move.calls,
    share: move.calls / report.calls,
    failed_calls: move.failedCalls,
    cost_before: move.costBeforeUsd,
    cost_after: move.costAfterUsd ?? null,
  }));
  const document = {
    database,
    since: new Date(since).toISOString(),
    killed,
    calls: report.calls,
    unserved_calls: report.unservedCalls,
    lost_calls: report.lostCalls,
    calls_without_needs: report.callsWithoutNeeds,
    moves,
  };
  return JSON.stringify(document, undefined, 2);
}

function section(title: string, moves: readonly DrillMove[], calls: number): readonly string[] {
  if (moves.length === 0) return [];
  const rows = moves.map((move) => [
    String(move.calls),
    percent(move.calls, calls),
    dollars(move.costBeforeUsd),
    dollars(move.costAfterUsd),
    move.from ?? NOBODY,
    move.to ?? NOBODY,
  ]);
  return ['', title, ...textTable([HEADER, ...rows], NUMBER_COLUMNS)];
}

function unservedLines(
  moves: readonly DrillMove[],
  { calls, unservedCalls, lostCalls }: DrillReport,
): readonly string[] {
  if (moves.length === 0) return calls === 0 ? [] : ['', 'Every call would be served.'];
  const rows = moves.map((move) => [String(move.calls), move.from ?? NOBODY, move.reason ?? '']);
  const share = percent(unservedCalls, calls);
  const title = `Nobody could serve ${callsText(unservedCalls)} (${share}), of which ${lostCalls} had been answered:`;
  return ['', title, ...textTable(rows, 1)];
}

function notes({ calls, callsWithoutNeeds }: DrillReport): readonly string[] {
  if (calls === 0) return [];
  const unknown =
    callsWithoutNeeds === 0
      ? []
      : [
          `What ${callsWithoutNeeds} of the calls needed (images, tools, a JSON schema) is not recorded: models that cannot do it may stand here.`,
        ];
  return ['', 'Limits count as free, and the length of prompts is not looked at.', ...unknown];
}

function callsText(count: number): string {
  return count === 1 ? '1 call' : `${count} calls`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0.0 %' : `${((part / whole) * 100).toFixed(1)} %`;
}

/** Small sums keep their first digits. */
function dollars(usd: number | undefined): string {
  if (usd === undefined) return 'not known';
  return usd === 0 || usd >= 0.01 ? `$${usd.toFixed(2)}` : `$${usd.toPrecision(2)}`;
}
