const TIME =
  /^(?<date>\d{4}-\d{2}-\d{2})(?:[Tt ](?<clock>\d{2}:\d{2})(?::(?<seconds>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?)?(?<zone>Z|z|[+ -]\d{2}:?\d{2})?$/;

const MS_PER_MINUTE = 60_000;

/**
 * Milliseconds since the Unix epoch of an ISO 8601 date or time, with parts of a millisecond as a fraction; undefined
 * for anything else. Without a zone it is UTC. A blank for the zone's plus sign is what is left of a `+` that was not
 * escaped in a query string.
 */
export function readTime(text: string): number | undefined {
  const parts = TIME.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const local = `${parts['date']}T${parts['clock'] ?? '00:00'}:${parts['seconds'] ?? '00'}`;
  const wholeSeconds = Date.parse(`${local}Z`);
  // `Date.parse` takes 30 February for 2 March.
  if (Number.isNaN(wholeSeconds) || !new Date(wholeSeconds).toISOString().startsWith(local)) return undefined;
  const offset = zoneOffset(parts['zone']);
  if (offset === undefined) return undefined;
  return wholeSeconds + Number(`0.${parts['fraction'] ?? '0'}`) * 1000 - offset;
}

/** Milliseconds east of UTC; undefined for a zone that cannot be. */
function zoneOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (hours * 60 + minutes) * MS_PER_MINUTE;
}
