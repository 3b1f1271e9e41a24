import { invalidField } from '../errors/router-error.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { asString, type JsonObject, type JsonValue } from '../lib/json.ts';
import type { ClientDialect } from '../protocols/protocol.ts';
import { NO_SELECTION, readBodySelection, readHeaderSelection, type Selection } from '../routing/read-selection.ts';
import type { Exchange } from './exchange.ts';
import { modelOfMode } from './judge-profile.ts';
import { runModelCall } from './model-call.ts';

/** What an endpoint knows of a call before it has read the body. */
export interface DialectCall {
  readonly dialect: ClientDialect;
  /** Path pattern, for the record. */
  readonly endpoint: string;
  /** The path names a provider: the model is one of its models. */
  readonly provider?: string;
  /** The path names the model, which the body need not. */
  readonly modelName?: string;
  /** The path says whether the answer is streamed. */
  readonly stream?: boolean;
  /** The query says that the stream is to be server-sent events, or not. */
  readonly preferEventStream?: boolean;
}

/** Reads the JSON body, finds out which models would do, and answers. A request that names none must say so in another way. */
export async function runDialectCall(exchange: Exchange, gateway: Gateway, call: DialectCall): Promise<void> {
  const { bytes, value } = await exchange.readJson();
  const selection = readBodySelection(value);
  const modelName = await modelNameOf(exchange, gateway, call, value, selection);
  const { dialect, endpoint, provider } = call;
  const head = call.dialect.readHead(value);
  await runModelCall(exchange, gateway, {
    dialect,
    endpoint,
    body: value,
    bytes,
    head: call.stream === undefined ? head : { ...head, stream: call.stream },
    selections: provider === undefined ? [selection] : [{ providers: [provider] }, selection],
    ...(modelName === undefined ? {} : { modelName }),
    ...(call.preferEventStream === undefined ? {} : { preferEventStream: call.preferEventStream }),
  });
}

/** Undefined where the body's own `model` or the selection says it all. */
async function modelNameOf(
  exchange: Exchange,
  gateway: Gateway,
  { provider, modelName }: DialectCall,
  body: JsonObject,
  selection: Selection,
): Promise<string | undefined> {
  if (modelName !== undefined) return modelName;
  if (provider !== undefined) return modelAt(provider, body);
  if (!isBlank(body['model'])) return undefined;
  const chosen = await modelOfMode(exchange, gateway, body);
  if (chosen === undefined && !asksForModels(exchange, selection)) {
    throw invalidField('model', 'expected a model, a route, a tag expression or "auto"');
  }
  return chosen;
}

/** A model of one provider; an equal `provider/` prefix is allowed. */
export function modelAt(provider: string, body: JsonObject): string {
  const model = asString(body['model']) ?? '';
  if (model === '') throw invalidField('model', 'expected the name of a model of this provider');
  return model.startsWith(`${provider}/`) ? model : `${provider}/${model}`;
}

function isBlank(model: JsonValue | undefined): boolean {
  return model === undefined || model === null || (typeof model === 'string' && model.trim() === '');
}

function asksForModels({ incoming }: Exchange, selection: Selection): boolean {
  return selection !== NO_SELECTION || readHeaderSelection(incoming.headers) !== NO_SELECTION;
}
