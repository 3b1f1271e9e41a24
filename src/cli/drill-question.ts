import { callerOfKey } from '../access/caller.ts';
import { ABILITIES, NO_NEEDS, type RequestNeeds, type WorkAbility } from '../canonical/needs.ts';
import type { RouterSnapshot } from '../config/snapshot.ts';
import { asArray, asObject, asString, type JsonObject, type JsonValue, parseJson } from '../lib/json.ts';
import type { TrafficGroup } from '../monitor/traffic.ts';
import { buildQuery } from '../routing/build-query.ts';
import type { ModelPermission, RouteQuery } from '../routing/decision.ts';
import type { Selection } from '../routing/read-selection.ts';

const ROUTE_PREFIX = 'route:';

/** A key that is gone since then permits everything: its calls will come again under another one. */
export function permissionOf(snapshot: RouterSnapshot, { apiKeyId }: TrafficGroup): ModelPermission {
  if (apiKeyId === undefined) return undefined;
  return snapshot.apiKeys.map(callerOfKey).find(({ keyId }) => keyId === apiKeyId)?.permits;
}

/** Ends of endpoints that say what kind of work is asked for. */
const WORK_ENDPOINTS: readonly (readonly [end: RegExp, ability: WorkAbility])[] = [
  [/(?<!chat)\/completions$/, 'completion'],
  [/\/embeddings$|\/embed$|:(?:batchEmbedContents|embedContent)$/, 'embedding'],
  [/\/rerank$/, 'rerank'],
  [/\/moderations$/, 'moderation'],
  [/\/images\/\w+$/, 'image_generation'],
  [/\/speech$/, 'speech'],
  [/\/(?:transcriptions|translations)$/, 'transcription'],
];

/** What the records say, else what the endpoint tells. */
export function needsOf({ needs, endpoint }: TrafficGroup): RequestNeeds {
  const work = WORK_ENDPOINTS.find(([end]) => end.test(endpoint))?.[1];
  const written = (needs ?? work ?? '').split(',');
  return { ...NO_NEEDS, abilities: new Set(ABILITIES.filter((ability) => written.includes(ability))) };
}

/** The question of the records, put to the configuration of today. Throws the errors of `buildQuery`. */
export function queryOf(snapshot: RouterSnapshot, { query, requestedModel }: TrafficGroup): RouteQuery {
  const parsed = parseJson(query);
  const asked = asObject(parsed.ok ? parsed.value : undefined);
  const isRoute = isRouteName(snapshot, requestedModel);
  const groups = isRoute ? [] : asArray(asked['any_tags']).map((group) => ({ anyTags: textsOf(group) ?? [] }));
  const selections = [selectionOf(asked, isRoute), ...groups];
  const built = buildQuery(snapshot, { modelName: requestedModel, selections });
  // Filters without anything in common: as a selection, an empty list would ask for nothing.
  return asArray(asked['providers']).length === 0 && asked['providers'] !== undefined
    ? { ...built, providers: [] }
    : built;
}

/** Records hold the tags of a route beside its name; those of today count. */
function isRouteName({ routes }: RouterSnapshot, name: string | undefined): boolean {
  const written = name?.trim() ?? '';
  return written.startsWith(ROUTE_PREFIX) || routes.has(written);
}

function selectionOf(asked: JsonObject, isRoute: boolean): Selection {
  const name = asString(asked['name']);
  const filters = {
    providers: textsOf(asked['providers']),
    excludeProviders: textsOf(asked['exclude_providers']),
    providerTypes: textsOf(asked['provider_types']),
    excludeProviderTypes: textsOf(asked['exclude_provider_types']),
  };
  const tags = {
    tags: textsOf(asked['tags']),
    notTags: textsOf(asked['not_tags']),
    prefer: textsOf(asked['prefer']),
  };
  return {
    ...present(isRoute ? filters : { ...filters, ...tags }),
    ...(name === undefined ? {} : { name }),
    ...(asked['include_inactive'] === true ? { includeInactive: true } : {}),
  };
}

function textsOf(value: JsonValue | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : asArray(value).filter((item) => typeof item === 'string');
}

function present(lists: Readonly<Record<string, readonly string[] | undefined>>): Selection {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined));
}
