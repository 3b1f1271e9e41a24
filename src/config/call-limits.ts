import type { BreakerPolicy, RetryPolicy, Timeouts } from './snapshot.ts';
import type { RootTable } from './tables/root.ts';

type TimeoutsTable = NonNullable<RootTable['timeouts']>;
type RetryTable = NonNullable<RootTable['retry']>;
export type BreakerTable = NonNullable<RootTable['circuit_breaker']>;

/** Milliseconds where neither the file nor the environment says anything. */
const DEFAULT_TIMEOUTS = { connect_ms: 3000, first_token_ms: 60_000, idle_ms: 60_000, total_ms: 600_000 };

const DEFAULT_RETRY = {
  max_attempts: 2,
  base_delay_ms: 50,
  max_delay_ms: 2000,
  retry_after_cap_ms: 30_000,
  max_targets: 4,
  budget_percent: 20,
};

const DEFAULT_BREAKER = {
  enabled: true,
  failure_threshold: 5,
  error_rate: 0.5,
  min_requests: 20,
  window_seconds: 30,
  cooldown_seconds: 30,
  half_open_max_requests: 1,
};

/** The value of `key` in the first table that has one. */
function nearest<Table extends object, Key extends keyof Table>(
  tables: readonly (Table | undefined)[],
  key: Key,
  fallback: NonNullable<Table[Key]>,
): NonNullable<Table[Key]> {
  for (const table of tables) {
    const value = table?.[key];
    if (value !== undefined && value !== null) return value;
  }
  return fallback;
}

/** A single number of seconds, as older files and the environment give it, for the two clocks of an answer. */
export function answerTimeouts(seconds: number | undefined): TimeoutsTable | undefined {
  if (seconds === undefined) return undefined;
  const milliseconds = Math.max(1, Math.round(seconds * 1000));
  return { first_token_ms: milliseconds, idle_ms: milliseconds };
}

/** Key by key from the nearest table that has it; nearest first. */
export function resolveTimeouts(tables: readonly (TimeoutsTable | undefined)[]): Timeouts {
  return Object.freeze({
    firstTokenMs: nearest(tables, 'first_token_ms', DEFAULT_TIMEOUTS.first_token_ms),
    idleMs: nearest(tables, 'idle_ms', DEFAULT_TIMEOUTS.idle_ms),
    totalMs: nearest(tables, 'total_ms', DEFAULT_TIMEOUTS.total_ms),
  });
}

export function resolveConnectMs(tables: readonly (TimeoutsTable | undefined)[]): number {
  return nearest(tables, 'connect_ms', DEFAULT_TIMEOUTS.connect_ms);
}

/** Key by key from the nearest table that has it; nearest first. */
export function resolveRetry(tables: readonly (RetryTable | undefined)[]): RetryPolicy {
  return Object.freeze({
    maxAttempts: nearest(tables, 'max_attempts', DEFAULT_RETRY.max_attempts),
    baseDelayMs: nearest(tables, 'base_delay_ms', DEFAULT_RETRY.base_delay_ms),
    maxDelayMs: nearest(tables, 'max_delay_ms', DEFAULT_RETRY.max_delay_ms),
    retryAfterCapMs: nearest(tables, 'retry_after_cap_ms', DEFAULT_RETRY.retry_after_cap_ms),
    maxTargets: nearest(tables, 'max_targets', DEFAULT_RETRY.max_targets),
    budgetPercent: nearest(tables, 'budget_percent', DEFAULT_RETRY.budget_percent),
  });
}

/** Key by key from the nearest table that has it; nearest first. Undefined: switched off. */
export function resolveBreaker(tables: readonly (BreakerTable | undefined)[]): BreakerPolicy | undefined {
  if (!nearest(tables, 'enabled', DEFAULT_BREAKER.enabled)) return undefined;
  return Object.freeze({
    failureThreshold: nearest(tables, 'failure_threshold', DEFAULT_BREAKER.failure_threshold),
    errorRate: nearest(tables, 'error_rate', DEFAULT_BREAKER.error_rate),
    minRequests: nearest(tables, 'min_requests', DEFAULT_BREAKER.min_requests),
    windowSeconds: nearest(tables, 'window_seconds', DEFAULT_BREAKER.window_seconds),
    cooldownSeconds: nearest(tables, 'cooldown_seconds', DEFAULT_BREAKER.cooldown_seconds),
    halfOpenMaxRequests: nearest(tables, 'half_open_max_requests', DEFAULT_BREAKER.half_open_max_requests),
  });
}
