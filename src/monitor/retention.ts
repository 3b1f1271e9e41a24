import type { MonitoringConfig } from '../config/snapshot.ts';

/** How long records are kept. Whichever bound is reached first makes the oldest ones go. */
export interface RetentionPolicy {
  /** Age in milliseconds, counted from the start of the call. */
  readonly maxAgeMs: number;
  /** Bytes in use in the database; 0 means no bound. */
  readonly maxBytes: number;
}

const DAY_MS = 86_400_000;

export function retentionOf({ retentionDays, maxBytes }: MonitoringConfig): RetentionPolicy {
  return { maxAgeMs: retentionDays * DAY_MS, maxBytes };
}
