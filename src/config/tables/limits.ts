import { boolean, inactive, integer, number, openTable, optional, table, text } from '../shape.ts';

const MAX_MS = 86_400_000;
const milliseconds = integer({ min: 1, max: MAX_MS });

const connectMs = 'Time to establish a connection, in milliseconds';
const totalMs = 'The whole request with all its attempts, in milliseconds';

const ANSWER_TIMEOUTS = {
  first_token_ms: optional(milliseconds, 'Until the response headers, or the first content of a stream'),
  idle_ms: optional(milliseconds, 'Between two bytes, or two content events of a stream'),
};

/** `[timeouts]` */
export const TIMEOUTS = table({
  connect_ms: optional(milliseconds, connectMs),
  ...ANSWER_TIMEOUTS,
  total_ms: optional(milliseconds, totalMs),
});

/** `[providers.timeouts]`: a request may go to several providers, so its total belongs to none of them. */
export const PROVIDER_TIMEOUTS = table({
  connect_ms: optional(milliseconds, connectMs),
  ...ANSWER_TIMEOUTS,
  total_ms: inactive(milliseconds, totalMs),
});

/** `[models.timeouts]`: connections belong to providers. */
export const MODEL_TIMEOUTS = table({
  connect_ms: inactive(milliseconds, connectMs),
  ...ANSWER_TIMEOUTS,
  total_ms: inactive(milliseconds, totalMs),
});

const maxTargets = integer({ min: 1, max: 100 });

const ATTEMPTS = {
  max_attempts: optional(integer({ min: 1, max: 20 }), 'Attempts at one model, the first included'),
  base_delay_ms: optional(integer({ min: 0, max: MAX_MS }), 'Wait before the second attempt; doubles from then on'),
  max_delay_ms: optional(integer({ min: 0, max: MAX_MS }), 'Longest wait between two attempts'),
  retry_after_cap_ms: optional(integer({ min: 0, max: MAX_MS }), 'A longer Retry-After means: take the next model'),
  budget_percent: optional(
    number({ min: 0, max: 100 }),
    'Share of the requests of ten seconds that may be tried again at the same model',
  ),
};

/** `[retry]` */
export const RETRY = table({ ...ATTEMPTS, max_targets: optional(maxTargets, 'How many models one request may try') });

/** `[providers.retry]` and `[models.retry]`: how many models a request tries is no matter of one of them. */
export const ENTRY_RETRY = table({
  ...ATTEMPTS,
  max_targets: inactive(maxTargets, 'How many models one request may try'),
});

/** `[circuit_breaker]`, `[providers.circuit_breaker]`, `[models.circuit_breaker]`, `[routing.circuit_breaker]` */
export const CIRCUIT_BREAKER = table({
  enabled: optional(boolean, 'Whether failing models are left alone for a while'),
  failure_threshold: optional(integer({ min: 1 }), 'Failures in a row after which a model rests'),
  error_rate: optional(number({ above: 0, max: 1 }), 'Share of failures after which it rests'),
  min_requests: optional(integer({ min: 1 }), 'Requests needed before the share counts'),
  window_seconds: optional(number({ above: 0 }), 'How far back the share looks'),
  cooldown_seconds: optional(
    number({ above: 0 }),
    'How long it rests; doubles with every trial that fails, up to tenfold',
  ),
  half_open_max_requests: optional(integer({ min: 1 }), 'Requests at once that may try it afterwards'),
});

const maximum = integer({ min: 1 });

/** `rate_limit` of a provider or an API key. */
export const OTHER_RATE_LIMIT = table({
  max_requests: optional(maximum, 'Requests in one window'),
  max_tokens: optional(maximum, 'Tokens of prompts and answers in one window'),
  per_seconds: optional(maximum, 'Length of the window'),
  burst_size: optional(maximum, 'Requests that a full bucket holds; at least max_requests'),
  max_concurrency: optional(maximum, 'Requests under way at the same time'),
  max_wait_ms: optional(
    integer({ min: 0, max: MAX_MS }),
    'How long a request that nothing else can serve may wait for a place',
  ),
  notes: optional(text(), 'Free text'),
});

/** `[models.rate_limit]` */
export const MODEL_RATE_LIMIT = table({
  ...OTHER_RATE_LIMIT.keys,
  config: optional(openTable({}), 'Free table, stored only'),
});
