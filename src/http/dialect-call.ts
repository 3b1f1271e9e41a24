import { invalidField } from '../errors/router-error.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { asString, type JsonObject, type JsonValue } from '../lib/json.ts';
import type { ClientDialect } from '../protocols/protocol.ts';
import { NO_SELECTION, readBodySelection, readHeaderSelection, type Selection } from '../routing/read-selection.ts';
import type { Exchange } from './exchange.ts';
import { modelOfMode } from './judge-profile.ts';
import { runModelCall } from './model-call.ts';
import type { JsonBody } from './read-body.ts';

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
export function runDialectCall(exchange: Exchange, gateway: Gateway, call: DialectCall): Promise<void> {
  return exchange.readJson().then((body) => {
    const isNamed = call.modelName !== undefined || call.provider !== undefined || !isBlank(body.value['model']);
    if (isNamed) return runNamed(exchange, gateway, call, body, undefined);
    return modelInOtherWords(exchange, gateway, body.value).then((name) =>
      runNamed(exchange, gateway, call, body, name),
    );
  });
}

/** `otherName`: the model, where neither path nor body name it. */
function runNamed(
  exchange: Exchange,
  gateway: Gateway,
  call: DialectCall,
  { bytes, value }: JsonBody,
  otherName: string | undefined,
): Promise<void> {
  const selection = readBodySelection(value);
  const { dialect, endpoint, provider, stream, preferEventStream } = call;
  const modelName = call.modelName ?? (provider === undefined ? otherName : modelAt(provider, value));
  const head = dialect.readHead(value);
  return runModelCall(exchange, gateway, {
    dialect,
    endpoint,
    body: value,
    bytes,
    head: stream === undefined ? head : { ...head, stream },
    selections: provider === undefined ? [selection] : [{ providers: [provider] }, selection],
    ...(modelName === undefined ? {} : { modelName }),
    ...(preferEventStream === undefined ? {} : { preferEventStream }),
  });
}

/** The body has no `model`: a routing mode may choose one, or tags and the like say which would do. */
async function modelInOtherWords(exchange: Exchange, gateway: Gateway, body: JsonObject): Promise<string | undefined> {
  const chosen = await modelOfMode(exchange, gateway, body);
  if (chosen === undefined && !asksForModels(exchange, readBodySelection(body))) {
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
