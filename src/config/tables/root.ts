import { inactive, list, optional, table, type ValueOf } from '../shape.ts';
import { API_KEY } from './api-key.ts';
import { ALERTS, BUDGETS, CACHE, DASHBOARD, DATABASE, MODEL_UPDATES, PLUGINS, REDIS, TESTS } from './inactive.ts';
import { CIRCUIT_BREAKER, RETRY, TIMEOUTS } from './limits.ts';
import { MODEL } from './model.ts';
import { MONITORING } from './monitoring.ts';
import { PROVIDER } from './provider.ts';
import { ROUTE, ROUTING } from './routing.ts';
import { SERVER } from './server.ts';
import { UNSUPPORTED } from './unsupported.ts';

/** The whole of router.toml, except that any other table may hold `models` too. */
export const ROOT = table({
  server: optional(SERVER, 'Where and how the router listens'),
  timeouts: optional(TIMEOUTS, 'Clocks of every call'),
  retry: optional(RETRY, 'Retries of every call'),
  providers: optional(list(PROVIDER), 'Where models run'),
  models: optional(list(MODEL), 'What can be called'),
  routing: optional(ROUTING, 'How a model is chosen'),
  routes: optional(list(ROUTE), 'Names that stand for a choice by tags'),
  api_keys: optional(list(API_KEY), 'Who may call'),
  monitor: inactive(DASHBOARD, 'Development server of the dashboard'),
  frontend: inactive(DASHBOARD, 'Older name of [monitor]'),
  circuit_breaker: optional(CIRCUIT_BREAKER, 'When failing models are left alone'),
  unsupported: optional(UNSUPPORTED, 'What happens to fields that a provider cannot carry'),
  budgets: inactive(BUDGETS, 'Bounds of spending'),
  cache: inactive(CACHE, 'Kept answers'),
  monitoring: optional(MONITORING, 'What is recorded, and how long it is kept'),
  alerts: inactive(ALERTS, 'Who is told'),
  redis: inactive(REDIS, 'State shared by several routers'),
  database: inactive(DATABASE, 'Databases other than the files of data_dir'),
  plugins: inactive(PLUGINS, 'Speech plug-ins'),
  model_updates: inactive(MODEL_UPDATES, 'Fetched model lists'),
  tests: inactive(TESTS, 'Questions asked at every check'),
});

export type RootTable = ValueOf<typeof ROOT>;
