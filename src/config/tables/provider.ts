import { CHAT_PROTOCOLS } from '../../canonical/protocol-id.ts';
import {
  BASE_URL,
  HEADER_NAME,
  HEADER_TEMPLATE,
  HEADER_VALUE,
  NAME,
  PROVIDER_NAME,
  VARIABLE_NAME,
  WEB_URL,
} from '../formats.ts';
import {
  boolean,
  either,
  inactive,
  list,
  map,
  number,
  openTable,
  optional,
  required,
  table,
  text,
  type ValueOf,
  word,
} from '../shape.ts';
import { CIRCUIT_BREAKER, ENTRY_RETRY, OTHER_RATE_LIMIT, PROVIDER_TIMEOUTS } from './limits.ts';
import { UNSUPPORTED } from './unsupported.ts';

const baseUrl = text({ format: BASE_URL, isSecret: true, isBlankAbsent: true });
const secret = text({ isSecret: true, isBlankAbsent: true });
const variable = text({ format: VARIABLE_NAME, isSecret: true, isBlankAbsent: true });
const headers = map(text({ format: HEADER_TEMPLATE, isSecret: true }), HEADER_NAME);

/** `[providers.settings]`: the keys with a meaning; whatever else stands there is kept for the provider's own use. */
export const SETTINGS = openTable({
  timeout: optional(number({ above: 0, max: 86_400 }), 'Seconds until the first token and between two of them'),
  proxy: optional(text({ format: WEB_URL, isSecret: true, isBlankAbsent: true }), 'HTTP proxy'),
  headers: optional(headers, 'Headers of every request'),
  base_url: optional(baseUrl, 'Base URL, where the provider itself has none'),
  api_key: optional(secret, 'API key, where the provider itself has none'),
  endpoint: optional(text({ isBlankAbsent: true }), 'Path of chat requests'),
  auth_header: optional(text({ format: HEADER_NAME, isBlankAbsent: true }), 'Header that carries the API key'),
  auth_scheme: optional(text({ format: HEADER_VALUE }), 'Word before the API key'),
  accounts: inactive(list(openTable({ api_key: optional(secret, 'API key of the account') })), 'Pool of accounts'),
});

/** `[[providers]]` */
export const PROVIDER = table({
  name: required(text({ format: PROVIDER_NAME }), 'Name, unique in the file'),
  type: required(text({ format: NAME }), 'Kind of provider'),
  base_url: optional(baseUrl, 'Where the API is'),
  api_key: optional(secret, 'API key, or several with commas between them'),
  api_key_env: optional(either(variable, list(variable)), 'Variable, or variables, that hold the API key'),
  is_active: optional(boolean, 'Whether its models serve'),
  protocols: optional(list(word(CHAT_PROTOCOLS)), 'Wire formats that its server speaks, the preferred one first'),
  any_model: optional(boolean, 'Whether models that the file does not list may be asked for'),
  allow_private_network: optional(boolean, 'Whether a base URL in a private network is meant'),
  headers: optional(headers, 'Headers of every request'),
  settings: optional(SETTINGS, 'Further settings'),
  timeouts: optional(PROVIDER_TIMEOUTS, 'Clocks of this provider'),
  retry: optional(ENTRY_RETRY, 'Retries at this provider'),
  rate_limit: optional(OTHER_RATE_LIMIT, 'Limits over all its models together'),
  circuit_breaker: optional(CIRCUIT_BREAKER, 'When failing models of this provider are left alone'),
  unsupported: optional(UNSUPPORTED, 'What happens to fields that the provider cannot carry'),
  plan: inactive(word(['free', 'trial', 'paid']), 'What is paid for'),
  trial_credit_usd: inactive(number({ min: 0 }), 'Credit of a trial'),
  alert_below_percent: inactive(number({ min: 0, max: 100 }), 'Share of the credit that raises an alert'),
});

export type ProviderTable = ValueOf<typeof PROVIDER>;
export type SettingsTable = ValueOf<typeof SETTINGS>;
