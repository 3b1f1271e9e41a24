/** Where something stands in the file: a chain of keys and indexes from the inside out. Undefined is the file itself. */
export interface Place {
  readonly parent: Place | undefined;
  readonly key: string | number;
}

const BARE_KEY = /^[A-Za-z0-9_-]+$/;

export function placeOf(parent: Place | undefined, key: string | number): Place {
  return { parent, key };
}

function segmentsOf(place: Place | undefined): (string | number)[] {
  const segments: (string | number)[] = [];
  for (let at = place; at !== undefined; at = at.parent) segments.push(at.key);
  return segments.reverse();
}

/** `models[3].rate_limit.max_requests`; keys that TOML would quote are quoted as in JSON. */
export function formatSegments(segments: readonly (string | number)[]): string {
  let path = '';
  for (const segment of segments) {
    if (typeof segment === 'number') path += `[${segment}]`;
    else path += (path === '' ? '' : '.') + (BARE_KEY.test(segment) ? segment : JSON.stringify(segment));
  }
  return path;
}

export function formatPlace(place: Place | undefined): string {
  return formatSegments(segmentsOf(place));
}

/** The path without indexes, the same for all entries of a list: `models.rate_limit.max_requests`. */
export function formatKind(place: Place | undefined): string {
  return formatSegments(segmentsOf(place).filter((segment) => typeof segment === 'string'));
}
