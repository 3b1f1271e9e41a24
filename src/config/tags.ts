/** Tags trimmed, blank ones dropped, equal ones merged; their case is kept. */
export function cleanTags(tags: readonly string[] | undefined): readonly string[] {
  if (tags === undefined) return [];
  return [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))];
}
