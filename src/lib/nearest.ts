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
    const other = candidate.slice(0, MAX_LENGTH).toLowerCase();
    const distance = editDistance(wanted, other);
    const contained = wanted.length >= 3 && other.includes(wanted);
    const limit = Math.max(2, Math.floor(Math.max(wanted.length, other.length) / 3));
    if (distance <= limit || contained)
      near.push({ name: candidate, distance: contained ? Math.min(distance, 1) : distance });
  }
  near.sort((left, right) => left.distance - right.distance || (left.name < right.name ? -1 : 1));
  return near.slice(0, count).map((entry) => entry.name);
}
