import { toPrintable } from '../lib/printable.ts';
import { formatPlace, type Place } from './place.ts';
import { createMark, type Mark, PositionScanner } from './position-scanner.ts';
import type { ProblemDraft } from './problem-list.ts';
import type { ConfigProblem } from './snapshot.ts';

const MAX_PATH = 300;

/** The mark of `place` in the tree below `root`, made if there is none. */
function markOf(place: Place | undefined, root: Mark): Mark {
  if (place === undefined) return root;
  const { children } = markOf(place.parent, root);
  const known = children.get(place.key);
  if (known !== undefined) return known;
  const made = createMark();
  children.set(place.key, made);
  return made;
}

/** The offset of `place`, or of the innermost table around it that the file spells out. */
function offsetOf(place: Place | undefined, root: Mark): number | undefined {
  for (let at = place; at !== undefined; at = at.parent) {
    const { offset } = markOf(at, root);
    if (offset !== undefined) return offset;
  }
  return undefined;
}

/** Offsets of the first character of every line. */
function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The number, from 1, of the line that holds `offset`. */
function lineOf(offset: number, starts: readonly number[]): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

function compareByPosition(left: ConfigProblem, right: ConfigProblem): number {
  return (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0);
}

/**
 * Gives problems of a text, which is valid TOML, their line and column (UTF-16 code units, both from 1) and sorts them
 * by it; those without a place in the file come first.
 */
export function placeProblems(text: string, drafts: readonly ProblemDraft[]): ConfigProblem[] {
  if (drafts.length === 0) return [];
  const root = createMark();
  for (const { place } of drafts) markOf(place, root);
  new PositionScanner(text, root).scan();
  const starts = lineStartsOf(text);
  const problems = drafts.map(({ level, place, message }): ConfigProblem => {
    const path = toPrintable(formatPlace(place), MAX_PATH);
    const offset = offsetOf(place, root);
    if (offset === undefined) return { level, path, message, line: undefined, column: undefined };
    const line = lineOf(offset, starts);
    return { level, path, message, line, column: offset - (starts[line - 1] ?? 0) + 1 };
  });
  return problems.sort(compareByPosition);
}
