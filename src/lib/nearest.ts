/** Number of single-character insertions, deletions and replacements between two strings (Levenshtein). */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left.charCodeAt(row - 1) === right.charCodeAt(column - 1) ? 0 : 1;
      const replace = (previous[column - 1] ?? 0) + same;
      current.push(Math.min(replace, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

const MAX_LENGTH = 80;

/**
 * The known names closest to a mistyped one, nearest first, at most `count`; names further away than a third of
 * their length (at least two edits) are no suggestion. Names that contain the mistyped one always count as near.
 */
export function nearestNames(name: string, known: Iterable<string>, count = 3): string[] {
  const wanted = name.slice(0, MAX_LENGTH).toLowerCase();
  const near: { name: string; distance: number }[] = [];
  for (const candidate of known) {
    const distance = distanceTo(wanted, candidate.slice(0, MAX_LENGTH).toLowerCase());
    if (distance !== undefined) near.push({ name: candidate, distance });
  }
  near.sort((left, right) => left.distance - right.distance || (left.name < right.name ? -1 : 1));
  return near.slice(0, count).map((entry) => entry.name);
}

/** Undefined for a name that is no suggestion. Most are too long or too short, which is seen before any edit is counted. */
function distanceTo(wanted: string, other: string): number | undefined {
  if (wanted.length >= 3 && other.includes(wanted)) return Math.min(1, other.length - wanted.length);
  const limit = Math.max(2, Math.floor(Math.max(wanted.length, other.length) / 3));
  if (Math.abs(wanted.length - other.length) > limit) return undefined;
  const distance = editDistance(wanted, other);
  return distance <= limit ? distance : undefined;
}
