import { NO_NEEDS } from '../../canonical/needs.ts';
import { invalidField, RouterError } from '../../errors/router-error.ts';
import type { CollectingSink } from '../../gateway/answer-sink.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { parseExact } from '../../lib/exact-json.ts';
import { asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { RequestHead } from '../../protocols/protocol.ts';
import { routerNativeDialect } from '../../protocols/router-native/router-native.ts';
import { readBodySelection } from '../../routing/read-selection.ts';
import type { Exchange } from '../exchange.ts';
import { isDryRun, type ModelCall, prepareCall, runModelCall } from '../model-call.ts';
import { parseModelPath } from '../model-path.ts';
import type { Route } from '../route.ts';

const INVOKE_SUFFIX = '/invoke';
const MAX_BATCH_ITEMS = 1000;

/** The router's own calls: by model path and by tags. */
export function invokeRoutes(gateway: Gateway): readonly Route[] {
  const base = { method: 'POST', scope: 'call' } as const;
  return [
    {
      ...base,
      path: `/models/:path{.+${INVOKE_SUFFIX}}`,
      dialect: routerNativeDialect,
      handle: (exchange) => invokeModel(exchange, gateway),
    },
    {
      ...base,
      path: '/route/invoke',
      dialect: routerNativeDialect,
      handle: (exchange) => invokeByTags(exchange, gateway),
    },
    {
      ...base,
      path: '/route/explain',
      dialect: routerNativeDialect,
      handle: (exchange) => explainRoute(exchange, gateway),
    },
  ];
}

async function invokeModel(exchange: Exchange, gateway: Gateway): Promise<void> {
  const { provider, model } = parseModelPath(exchange.target.path, INVOKE_SUFFIX);
  const { value } = await exchange.readJson();
  await invoke(exchange, gateway, {
    dialect: routerNativeDialect,
    endpoint: `/models/{provider}/{model}${INVOKE_SUFFIX}`,
    body: value,
    modelName: `${provider}/${model}`,
    selections: [{ providers: [provider] }],
    upstreamName: asString(value['remote_identifier_override']),
  });
}

async function invokeByTags(exchange: Exchange, gateway: Gateway): Promise<void> {
  const { value } = await exchange.readJson();
  await invoke(exchange, gateway, callOf(value, '/route/invoke'));
}

/** Takes the body of any model endpoint; a body without any words is a question about tags alone. */
async function explainRoute(exchange: Exchange, gateway: Gateway): Promise<void> {
  const { value } = await exchange.readJson();
  const call = callOf(value, '/route/explain');
  const hasWords = ['prompt', 'messages'].some((name) => call.body[name] !== undefined);
  const wordless: RequestHead = { model: asString(call.body['model']), stream: false, needs: NO_NEEDS };
  const request = prepareCall(exchange, hasWords ? call : { ...call, head: wordless });
  exchange.json(200, gateway.explain(request));
}

/** The original's nested `{query, request}`, or the flat form with the tags beside the words. */
function callOf(body: JsonObject, endpoint: string): ModelCall {
  const isNested = body['request'] !== undefined || body['query'] !== undefined;
  if (!isNested) return { dialect: routerNativeDialect, endpoint, body, selections: [readBodySelection(body)] };
  const request = objectMember(body, 'request');
  const selections = [readBodySelection(body)];
  const upstreamName = asString(request['remote_identifier_override']);
  return { dialect: routerNativeDialect, endpoint, body: request, selections, upstreamName };
}

function objectMember(body: JsonObject, name: string): JsonObject {
  const value = body[name];
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw invalidField(name, 'expected an object');
  return value;
}

async function invoke(exchange: Exchange, gateway: Gateway, call: ModelCall): Promise<void> {
  const items = call.body['batch'];
  const hasBatch = Array.isArray(items) && items.length > 0;
  if (hasBatch) await invokeBatch(exchange, gateway, call, items as readonly JsonValue[]);
  else await runModelCall(exchange, gateway, call);
}

/** Items run side by side, each routed and recorded for itself; one that fails leaves the others alone. */
async function invokeBatch(
  exchange: Exchange,
  gateway: Gateway,
  call: ModelCall,
  items: readonly JsonValue[],
): Promise<void> {
  if (items.length > MAX_BATCH_ITEMS) throw invalidField('batch', `expected at most ${MAX_BATCH_ITEMS} items`);
  if (call.body['stream'] === true) throw invalidField('stream', 'a batch cannot be streamed');
  const requests = items.map((item, index) => {
    if (!isJsonObject(item)) throw invalidField(`batch[${index}]`, 'expected an object');
    return prepareItem(exchange, call, item, index);
  });
  if (isDryRun(exchange)) {
    exchange.json(200, { batch: requests.map((request) => gateway.explain(request)) });
    return;
  }
  const answers = (await gateway.invokeBatch(requests, exchange.sink)).map(readItem);
  const costs = answers.map((answer) => answer['cost']).filter((cost) => typeof cost === 'number');
  const cost = costs.length === 0 ? null : costs.reduce((sum, item) => sum + item, 0);
  if (!exchange.sink.isGone) {
    exchange.json(200, { output_text: 'Batch processing completed', raw: {}, cost, batch: answers });
  }
}

function prepareItem(
  exchange: Exchange,
  call: ModelCall,
  item: JsonObject,
  index: number,
): ReturnType<typeof prepareCall> {
  try {
    const body = { ...item, stream: false };
    const upstreamName = asString(item['remote_identifier_override']) ?? call.upstreamName;
    return prepareCall(exchange, { ...call, body, upstreamName, batchIndex: index });
  } catch (thrown) {
    const error = RouterError.from(thrown);
    if (error.code !== 'request.invalid') throw error;
    throw invalidField(`batch[${index}]`, error.publicMessage);
  }
}

/** A failed item has the original's form: the error in the place of the text. */
function readItem(answer: CollectingSink): JsonObject {
  const parsed = parseExact(answer.body);
  const body = asObject(parsed.ok ? parsed.value : undefined);
  if (answer.status === 200) return body;
  const message = asString(body['detail']) ?? 'unknown error';
  return { output_text: `Error: ${message}`, raw: { error: message, code: body['code'] ?? null }, cost: null };
}
