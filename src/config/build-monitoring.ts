import type { MonitoringConfig } from './snapshot.ts';
import type { RootTable } from './tables/root.ts';

const DEFAULT_RETENTION_DAYS = 90;
const DEFAULT_MAX_BYTES = 10 * 1024 ** 3;

export function buildMonitoring(table: RootTable['monitoring']): MonitoringConfig {
  return Object.freeze({
    retentionDays: table?.retention_days ?? DEFAULT_RETENTION_DAYS,
    maxBytes: table?.max_bytes ?? DEFAULT_MAX_BYTES,
  });
}
