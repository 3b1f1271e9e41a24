import { HEADER_VALUE, NAME, VARIABLE_NAME } from '../formats.ts';
import {
  boolean,
  either,
  inactive,
  integer,
  list,
  map,
  moment,
  number,
  optional,
  table,
  text,
  type ValueOf,
  word,
} from '../shape.ts';
import { OTHER_RATE_LIMIT } from './limits.ts';

const RANGE = table({
  min: optional(number(), 'Lower bound'),
  max: optional(number(), 'Upper bound'),
});

const PARAMETER_LIMITS = table({
  max_tokens: optional(integer({ min: 1 }), 'Longest answer'),
  temperature: optional(number({ min: 0, max: 2 }), 'Highest temperature'),
  top_p: optional(number({ min: 0, max: 1 }), 'Highest top_p'),
  frequency_penalty: optional(number({ min: -2, max: 2 }), 'Highest frequency penalty'),
  presence_penalty: optional(number({ min: -2, max: 2 }), 'Highest presence penalty'),
  custom_limits: optional(map(either(number(), RANGE)), 'Bounds of other parameters'),
});

const names = list(text({ format: NAME }));

/** `[[api_keys]]` */
export const API_KEY = table({
  key: optional(text({ format: HEADER_VALUE, isSecret: true, isBlankAbsent: true }), 'The key, or several with commas'),
  key_env: optional(
    text({ format: VARIABLE_NAME, isSecret: true, isBlankAbsent: true }),
    'Variable that holds the key, or several with commas',
  ),
  name: optional(text({ format: NAME, isBlankAbsent: true }), 'Name for records'),
  is_active: optional(boolean, 'Whether the key opens anything'),
  role: optional(word(['call', 'monitor', 'admin']), 'What the key may do'),
  allowed_models: optional(names, 'Only these models; an empty list allows none'),
  allowed_providers: optional(names, 'Only these providers; an empty list allows none'),
  allowed_tags: inactive(names, 'Only models with one of these tags'),
  denied_models: inactive(names, 'Not these models'),
  denied_providers: inactive(names, 'Not these providers'),
  denied_tags: inactive(names, 'No models with these tags'),
  parameter_limits: inactive(PARAMETER_LIMITS, 'Bounds of request parameters'),
  expires_at: inactive(moment, 'End of validity'),
  ip_allowlist: inactive(list(text()), 'Addresses and ranges that may use the key'),
  quota_tokens_monthly: inactive(integer({ min: 0 }), 'Tokens in one month'),
  rate_limit: inactive(OTHER_RATE_LIMIT, 'How often the key may call'),
});

export type ApiKeyTable = ValueOf<typeof API_KEY>;

/** Keys of `[[api_keys]]` that take rights away, whether this version enforces them or not. */
export const RESTRICTIONS = [
  'allowed_models',
  'allowed_providers',
  'allowed_tags',
  'denied_models',
  'denied_providers',
  'denied_tags',
  'parameter_limits',
  'expires_at',
  'ip_allowlist',
  'quota_tokens_monthly',
  'rate_limit',
] as const satisfies readonly (keyof ApiKeyTable)[];
