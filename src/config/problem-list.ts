import { nearestNames } from '../lib/nearest.ts';
import { toPrintable } from '../lib/printable.ts';
import { isSingleTypo } from '../lib/typo.ts';
import { formatKind, type Place } from './place.ts';
import type { ProblemLevel } from './snapshot.ts';

/** A problem that does not know its line yet. */
export interface ProblemDraft {
  readonly level: ProblemLevel;
  readonly place: Place | undefined;
  readonly message: string;
}

interface RepeatedNotice {
  readonly place: Place;
  readonly message: string;
  count: number;
}

const MAX_PER_LEVEL = 200;
const MAX_MESSAGE = 500;
/** Comparing names takes time; a file that is wrong everywhere gets suggestions for its first mistakes only. */
const MAX_COMPARISONS = 20_000;

/** Collects problems. Keeps a bounded number of each level and counts the rest; equal notices become one. */
export class ProblemList {
  readonly #drafts: ProblemDraft[] = [];
  readonly #counts = new Map<ProblemLevel, number>();
  readonly #notices = new Map<string, RepeatedNotice>();
  #comparisonsLeft = MAX_COMPARISONS;

  get hasErrors(): boolean {
    return this.#counts.has('error');
  }

  add(level: ProblemLevel, place: Place | undefined, message: string): void {
    const count = (this.#counts.get(level) ?? 0) + 1;
    this.#counts.set(level, count);
    if (count <= MAX_PER_LEVEL) this.#drafts.push({ level, place, message: toPrintable(message, MAX_MESSAGE) });
  }

  /** A notice for the key at `place`, whichever entry it belongs to: said once, at the first place, with a count. */
  noticeOnce(place: Place, message: string): void {
    const kind = `${formatKind(place)} ${message}`;
    const known = this.#notices.get(kind);
    if (known !== undefined) known.count += 1;
    else if (this.#notices.size < MAX_PER_LEVEL) this.#notices.set(kind, { place, message, count: 1 });
  }

  /** The known name that was probably meant. */
  suggest(name: string, known: readonly string[] | ReadonlySet<string>): string | undefined {
    const count = 'size' in known ? known.size : known.length;
    if (count > this.#comparisonsLeft) return undefined;
    this.#comparisonsLeft -= count;
    for (const candidate of known) if (isSingleTypo(name, candidate)) return candidate;
    return nearestNames(name, known, 1)[0];
  }

  /** `: did you mean "…"?`, or nothing. */
  didYouMean(name: string, known: readonly string[] | ReadonlySet<string>): string {
    const suggestion = this.suggest(name, known);
    return suggestion === undefined ? '' : `: did you mean "${suggestion}"?`;
  }

  drafts(): ProblemDraft[] {
    const drafts = [...this.#drafts];
    for (const [level, count] of this.#counts) {
      if (count <= MAX_PER_LEVEL) continue;
      drafts.push({ level, place: undefined, message: `and ${count - MAX_PER_LEVEL} more of this level` });
    }
    for (const { place, message, count } of this.#notices.values()) {
      drafts.push({ level: 'notice', place, message: count === 1 ? message : `${message} (${count} places)` });
    }
    return drafts;
  }
}
