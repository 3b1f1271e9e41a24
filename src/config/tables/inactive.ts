import { NAME, WEB_URL } from '../formats.ts';
import { boolean, integer, list, map, number, openTable, optional, required, table, text, word } from '../shape.ts';

/** Tables and keys that are known, but have no effect in this version: only their types are checked. */

/** `[monitor]`, in older files `[frontend]`: the dashboard's development server. */
export const DASHBOARD = table({
  port: optional(integer({ min: 1, max: 65_535 }), 'Port of the development server'),
  api_url: optional(text(), 'Where the development server finds the router'),
  api_base_url: optional(text(), 'Path of the API in production'),
});

export const BUDGET = table({
  name: required(text({ format: NAME }), 'Name for people'),
  tag: optional(text(), 'Only models with this tag'),
  provider: optional(text(), 'Only this provider'),
  model: optional(text(), 'Only this model'),
  api_key: optional(text(), 'Only the API key of this name'),
  usd: optional(number({ min: 0 }), 'US dollars in one period'),
  tokens: optional(integer({ min: 0 }), 'Tokens in one period'),
  per: optional(word(['minute', 'hour', 'day', 'week', 'month', 'total']), 'The period'),
  on_exceed: optional(
    text({
      format: {
        expected: '"reject", "exclude" or "prefer:<tag>"',
        accepts: (value) => /^(reject|exclude|prefer:.+)$/.test(value),
      },
    }),
    'What happens above it',
  ),
});

export const CACHE = table({
  enabled: optional(boolean, 'Whether answers are kept'),
  ttl_seconds: optional(number({ above: 0 }), 'How long'),
  max_bytes: optional(integer({ min: 0 }), 'How much'),
  backend: optional(word(['memory', 'redis']), 'Where'),
});

const secretUrl = text({ isSecret: true });

export const ALERTS = table({
  webhook_url: optional(text({ format: WEB_URL, isSecret: true }), 'Where alerts go'),
});

export const REDIS = table({ url: optional(secretUrl, 'Redis server') });

export const DATABASE = table({
  url: optional(secretUrl, 'Main database'),
  monitor_url: optional(secretUrl, 'Database of records'),
});

/** `[plugins.tts.<id>]`, `[plugins.asr.<id>]` */
export const PLUGINS = table({
  tts: optional(map(openTable({})), 'Speech plug-ins'),
  asr: optional(map(openTable({})), 'Transcription plug-ins'),
});

export const MODEL_UPDATES = table({
  enabled: optional(boolean, 'Whether model lists are fetched'),
  startup_sync: optional(boolean, 'Also at start'),
  interval_hours: optional(number({ above: 0 }), 'Time between two fetches'),
  write_router_toml: optional(boolean, 'Whether this file is rewritten'),
  default_new_model_active: optional(boolean, 'Whether new models serve'),
  removed_model_policy: optional(word(['delete_auto_managed', 'disable_auto_managed']), 'What happens to missing ones'),
  source_dir: optional(text(), 'Directory of sources'),
  startup_delay_seconds: optional(number({ min: 0 }), 'Wait after the start'),
});

/** `[[tests]]` */
export const TEST = table({
  name: required(text({ format: NAME }), 'Name for people'),
  request: required(openTable({}), 'What is asked'),
  expect: required(openTable({}), 'What should come out'),
});

export const BUDGETS = list(BUDGET);
export const TESTS = list(TEST);
