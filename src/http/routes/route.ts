import { NO_NEEDS, type RequestNeeds } from '../../canonical/needs.ts';
import type { ModelEntry } from '../../config/snapshot.ts';
import { invalidField } from '../../errors/router-error.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { asString, type JsonObject } from '../../lib/json.ts';
import { routerNativeDialect } from '../../protocols/router-native/router-native.ts';
import { availableTagsOfRole } from '../../routing/strong-weak.ts';
import type { Exchange } from '../exchange.ts';
import { modelOfMode } from '../judge-profile.ts';
import { prepareCall } from '../model-call.ts';
import type { Route } from '../route.ts';

const ENDPOINT = '/route';

/** What OpenAI's API takes where nobody says anything, so that repeating it changes nothing. */
const DEFAULT_TEMPERATURE = 1;

/** `POST /route` decides for callers who make the call themselves; `GET /route/pairs` lists what it chooses between. */
export function routeRoutes(gateway: Gateway): readonly Route[] {
  const base = { dialect: routerNativeDialect } as const;
  return [
    { ...base, method: 'POST', path: ENDPOINT, scope: 'call', handle: (exchange) => decideRoute(exchange, gateway) },
    { ...base, method: 'GET', path: `${ENDPOINT}/pairs`, scope: 'list', handle: listPairs },
  ];
}

function listPairs(exchange: Exchange): void {
  const { defaultPair, pairs } = exchange.snapshot.routing;
  exchange.json(200, {
    default_pair: defaultPair ?? null,
    pairs: pairs.map(({ name, strongModel, weakModel }) => ({
      name,
      strong_model: strongModel,
      weak_model: weakModel,
    })),
  });
}

async function decideRoute(exchange: Exchange, gateway: Gateway): Promise<void> {
  const { value } = await exchange.readJson();
  const named = textMember(value, 'model') ?? textMember(value, 'model_hint');
  const model = named ?? (await modelOfMode(exchange, gateway, value));
  const tags = model === undefined ? tagsOfRoleIn(exchange, value) : [];
  const request = prepareCall(exchange, {
    dialect: routerNativeDialect,
    endpoint: ENDPOINT,
    body: value,
    head: { model: model ?? 'auto', stream: false, needs: needsOf(value) },
    selections: [{ tags }],
  });
  exchange.json(200, describeChoice(gateway.choose(request), value));
}

function tagsOfRoleIn({ snapshot }: Exchange, body: JsonObject): readonly string[] {
  return availableTagsOfRole(snapshot, textMember(body, 'role'), textMember(body, 'task'));
}

/** Words are not needed here, but where they are there they count. */
function needsOf(body: JsonObject): RequestNeeds {
  const hasWords = body['messages'] !== undefined || body['prompt'] !== undefined;
  return hasWords ? routerNativeDialect.readHead(body).needs : NO_NEEDS;
}

function textMember(body: JsonObject, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null || value === '') return undefined;
  const text = asString(value);
  if (text === undefined) throw invalidField(name, 'expected a string');
  return text;
}

function describeChoice(model: ModelEntry, body: JsonObject): Record<string, unknown> {
  const { provider, defaultParams } = model;
  return {
    model: model.key,
    provider: provider.name,
    base_url: provider.baseUrl === '' ? undefined : provider.baseUrl,
    temperature: body['temperature'] ?? defaultParams['temperature'] ?? DEFAULT_TEMPERATURE,
    max_tokens: body['max_tokens'] ?? defaultParams['max_tokens'],
  };
}
