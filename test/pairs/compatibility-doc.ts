import type { VendorId } from '../support/vendors/vendors.ts';
import { ALL_CLIENTS } from './clients/all.ts';
import { DIFFERENCES } from './difference-table.ts';
import type { Difference } from './differences.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { VENDOR_IDS } from './stage.ts';

/** One cell of the table: how many tests of a client at a vendor passed. */
export interface Count {
  readonly passed: number;
  readonly total: number;
}

/** Counts by the name of the suite: `{client} × {vendor}`. */
export type Counts = ReadonlyMap<string, Count>;

export interface CompatibilityRun {
  readonly counts: Counts;
  /** Of the day of the run, as `2026-11-21`. */
  readonly date: string;
}

const COLUMNS = [...VENDOR_IDS, 'changing providers'];

/** docs/compatibility.md as a run of the suite says it. */
export function compatibilityDoc({ counts, date }: CompatibilityRun): string {
  const rows = ALL_CLIENTS.map((client) => {
    const cells = COLUMNS.map((column) => cellText(counts.get(`${client.name} × ${column}`)));
    return `| ${client.name} | ${cells.join(' | ')} |`;
  });
  return [
    '# Compatibility',
    '',
    `Made by \`npm run docs:compatibility\` on ${date}; do not edit by hand.`,
    '',
    'Each client below is the vendor’s own package (Ollama’s API is called by `fetch`). A scenario is played twice: without',
    'the router, against a strict stand-in for the vendor that the client was made for, and through the router against a',
    'strict stand-in for each vendor. What the user of the client gets must be the same: text, tool calls, finish reason,',
    'usage, thoughts, citations, the class and status of an error. The stand-ins refuse what the vendors refuse. The',
    'columns are what the provider speaks; the numbers are tests passed, of all. Every scenario is played streamed and',
    'whole. *changing providers*: conversations with signed thoughts and tool calls that move between Anthropic, Gemini and',
    'OpenAI’s Responses and are refused by none.',
    '',
    `| client | ${COLUMNS.join(' | ')} |`,
    `|---|${COLUMNS.map(() => '--:|').join('')}`,
    ...rows,
    '',
    '## Meant differences',
    '',
    'The tests expect each of them exactly; everything else is the same.',
    '',
    '| difference | provider speaks | where | reason |',
    '|---|---|---|---|',
    ...DIFFERENCES.map(differenceRow),
    '',
    '## Scenarios',
    '',
    ...SCENARIOS.map(({ name }) => `- ${name}`),
    '- the client leaves, before the answer and in its middle: the connection to the provider closes',
    '',
  ].join('\n');
}

const cellText = (count: Count | undefined): string => (count === undefined ? '–' : `${count.passed}/${count.total}`);

function differenceRow({ what, why, vendors, ...where }: Difference): string {
  return `| ${what} | ${namesOf(vendors)} | ${placesOf(where)} | ${why} |`;
}

const namesOf = (vendors: readonly VendorId[] | undefined): string => vendors?.join(', ') ?? 'anything';

function placesOf({
  dialects,
  clients,
  scenarios,
  modes,
}: Pick<Difference, 'dialects' | 'clients' | 'scenarios' | 'modes'>): string {
  const places = [
    dialects === undefined ? [] : [`clients of ${dialects.join(', ')}`],
    clients ?? [],
    scenarios ?? [],
    modes === undefined ? [] : [`${modes.join(', ')} answers`],
  ].flat();
  return places.length === 0 ? 'everywhere' : places.join('; ');
}
