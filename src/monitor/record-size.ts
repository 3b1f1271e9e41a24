import type { InvocationRecord } from './invocation-record.ts';

/** A record without its texts, and one attempt, in memory. */
const RECORD_BYTES = 800;
const ATTEMPT_BYTES = 150;

/** About how much memory a record takes, in bytes: the texts whose length the caller decides are counted. */
export function estimateBytes(record: InvocationRecord): number {
  return (
    RECORD_BYTES +
    record.query.length +
    record.reason.length +
    record.endpoint.length +
    (record.requestedModel?.length ?? 0) +
    (record.errorMessage?.length ?? 0) +
    (record.loss?.length ?? 0) +
    record.attempts.length * ATTEMPT_BYTES
  );
}
