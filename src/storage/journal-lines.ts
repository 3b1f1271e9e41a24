import { isJsonObject, parseJson } from '../lib/json.ts';
import type { MonitorRow } from '../monitor/monitor-messages.ts';

/*
 * A journal file is text, one JSON value in each line: first an object that names the columns, then an array of values
 * for each record. A file says itself what its values mean, because the version that reads it may know other columns
 * than the version that wrote it.
 */

/** What one line holds; undefined for one that was cut off or damaged. */
export type JournalLine =
  | { readonly kind: 'columns'; readonly columns: readonly string[] }
  | { readonly kind: 'row'; readonly row: MonitorRow };

export function columnsLine(columns: readonly string[]): string {
  return `${JSON.stringify({ columns })}\n`;
}

export function rowLines(rows: readonly MonitorRow[]): string {
  let lines = '';
  for (const row of rows) lines += `${JSON.stringify(row)}\n`;
  return lines;
}

export function readJournalLine(text: string): JournalLine | undefined {
  const parsed = parseJson(text);
  if (!parsed.ok) return undefined;
  const { value } = parsed;
  if (Array.isArray(value)) return value.every(isCell) ? { kind: 'row', row: value } : undefined;
  const columns: unknown = isJsonObject(value) ? value['columns'] : undefined;
  return Array.isArray(columns) && columns.every(isName) ? { kind: 'columns', columns } : undefined;
}

/** Leads values from the columns of a file to those that are known here: what is missing is null, the rest is left. */
export function columnMapper(
  from: readonly string[],
  to: readonly string[],
): (row: MonitorRow) => MonitorRow | undefined {
  const places = to.map((name) => from.indexOf(name));
  return (row) => (row.length === from.length ? places.map((place) => row[place] ?? null) : undefined);
}

function isCell(value: unknown): value is MonitorRow[number] {
  return value === null || typeof value === 'string' || typeof value === 'number';
}

function isName(value: unknown): value is string {
  return typeof value === 'string';
}
