import { MODEL_REFERENCE, NAME, URL_PATH } from '../formats.ts';
import {
  boolean,
  inactive,
  integer,
  list,
  map,
  number,
  optional,
  required,
  table,
  text,
  type ValueOf,
  word,
} from '../shape.ts';
import { CIRCUIT_BREAKER } from './limits.ts';

const STRATEGY = word(
  ['priority', 'weighted', 'round_robin', 'lowest_cost', 'lowest_latency', 'highest_throughput', 'least_busy'],
  ['priority'],
);

const tags = list(text());
const model = text({ format: MODEL_REFERENCE });

const PAIR = table({
  name: required(text({ format: NAME }), 'Name, unique among the pairs'),
  strong_model: required(model, 'Model for hard requests'),
  weak_model: required(model, 'Model for easy requests'),
});

const CHAIN = table({
  name: optional(text(), 'Name for people'),
  providers: required(list(text({ format: NAME })), 'Providers in the order in which they are tried'),
});

const DYNAMIC_WEIGHTS = table({
  enabled: optional(boolean, 'Whether weights follow results'),
  window_minutes: optional(number({ above: 0 }), 'Window of the results'),
  update_interval_seconds: optional(number({ above: 0 }), 'Time between two adjustments'),
  min_samples: optional(integer({ min: 1 }), 'Calls needed before an adjustment'),
});

const probeSeconds = number({ above: 0, max: 86_400 });

const HEALTH_CHECK = table({
  enabled: optional(boolean, 'Whether providers whose models rest are probed'),
  interval_seconds: optional(probeSeconds, 'Time between two probes'),
  timeout_seconds: optional(probeSeconds, 'Longest probe'),
  path: optional(text({ format: URL_PATH, isBlankAbsent: true }), 'Path that is probed, instead of the list of models'),
});

/** `[routing]` */
export const ROUTING = table({
  strategy: optional(STRATEGY, 'Order of the models that match'),
  fallback: optional(boolean, 'Whether the next model is tried when one fails'),
  default_tags: optional(tags, 'Tags of a request that names neither tags nor model'),
  pairs: optional(list(PAIR), 'A strong and a weak model under one name'),
  default_pair: optional(text({ isBlankAbsent: true }), 'Pair where the request names none'),
  default_strong_model: optional(model, 'Strong model without a pair'),
  default_weak_model: optional(model, 'Weak model without a pair'),
  analyzer_model: optional(model, 'Model that judges how hard a request is'),
  analyzer_timeout_ms: optional(integer({ min: 100, max: 10_000 }), 'How long the judgement may take'),
  auto_fallback_mode: optional(word(['strong', 'weak']), 'Taken when there is no judgement'),
  chains: inactive(list(CHAIN), 'Providers in order, for requests without tags and model'),
  load_balance_strategy: inactive(word(['round_robin', 'weighted', 'least_failure']), 'Order of providers'),
  channel_fallback: inactive(list(text()), 'Providers to fall back on'),
  provider_weights: inactive(map(integer({ min: 0 })), 'Weights of providers'),
  dynamic_weights: inactive(DYNAMIC_WEIGHTS, 'Weights that follow results'),
  circuit_breaker: optional(CIRCUIT_BREAKER, 'Older place of [circuit_breaker]'),
  health_check: optional(HEALTH_CHECK, 'Probes of providers whose models rest'),
});

const SPLIT = table({
  model: required(model, 'Model that gets a share'),
  weight: required(number({ min: 0 }), 'Size of the share'),
});

/** `[[routes]]` */
export const ROUTE = table({
  name: required(text({ format: NAME }), 'Name that clients use as model'),
  tags: optional(tags, 'All of these'),
  any_tags: optional(tags, 'At least one of these'),
  not_tags: optional(tags, 'None of these'),
  prefer: optional(tags, 'Models with more of these first'),
  strategy: optional(STRATEGY, 'Order of the models that match'),
  split: inactive(list(SPLIT), 'Shares of the requests'),
  max_cost_usd: inactive(number({ min: 0 }), 'Highest cost of a request'),
  max_latency_ms: inactive(integer({ min: 1 }), 'Longest expected answer time'),
});

export type RoutingTable = ValueOf<typeof ROUTING>;
export type RouteTable = ValueOf<typeof ROUTE>;
