import type { InvocationRecord } from './invocation-record.ts';

type TextMember =
  | 'endpoint'
  | 'apiKeyName'
  | 'requestedModel'
  | 'providerName'
  | 'modelName'
  | 'reason'
  | 'errorMessage'
  | 'finishReason';

/** Longest text of each member, in UTF-16 code units. The queue counts records, so each one must be small. */
const MAX_LENGTHS: readonly (readonly [TextMember, number])[] = [
  ['endpoint', 512],
  ['apiKeyName', 512],
  ['requestedModel', 512],
  ['providerName', 512],
  ['modelName', 512],
  ['finishReason', 512],
  ['reason', 2000],
  ['errorMessage', 2000],
];

const MAX_QUERY_LENGTH = 8000;

/** The record with over-long texts cut; the same object where all are short, as nearly always. */
export function clipRecord(record: InvocationRecord): InvocationRecord {
  const clipped: Partial<Record<TextMember | 'query', string>> = {};
  let isClipped = false;
  for (const [member, maxLength] of MAX_LENGTHS) {
    const text = record[member];
    if (text === undefined || text.length <= maxLength) continue;
    clipped[member] = clip(text, maxLength);
    isClipped = true;
  }
  if (record.query.length > MAX_QUERY_LENGTH) {
    // Half a JSON text is none.
    clipped.query = JSON.stringify({ omitted_characters: record.query.length });
    isClipped = true;
  }
  return isClipped ? { ...record, ...clipped } : record;
}

/** Copies through bytes, because a slice of a string keeps the whole of it in memory. */
function clip(text: string, maxLength: number): string {
  return `${Buffer.from(text.slice(0, maxLength)).toString('utf8')}…`;
}
