import { invalidField } from '../../errors/router-error.ts';
import type { Gateway } from '../../gateway/gateway.ts';
import { asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { openAiChatDialect } from '../../protocols/openai-chat/openai-chat.ts';
import { NO_SELECTION, readBodySelection, readHeaderSelection, type Selection } from '../../routing/read-selection.ts';
import type { Exchange } from '../exchange.ts';
import { modelOfMode } from '../judge-profile.ts';
import { runModelCall } from '../model-call.ts';
import { parseModelPath, parseProviderPath } from '../model-path.ts';
import type { Route } from '../route.ts';

export const CHAT_SUFFIX = '/v1/chat/completions';

/** OpenAI's chat endpoint: bare, below a provider, and (see `invokeRoutes`) below a model. */
export function chatCompletionRoutes(gateway: Gateway): readonly Route[] {
  const base = { method: 'POST', scope: 'call', dialect: openAiChatDialect } as const;
  return [
    { ...base, path: CHAT_SUFFIX, handle: (exchange) => complete(exchange, gateway) },
    { ...base, path: `/:provider${CHAT_SUFFIX}`, handle: (exchange) => completeAtProvider(exchange, gateway) },
  ];
}

/** A request that names no model must say in another way which ones would do. */
async function complete(exchange: Exchange, gateway: Gateway): Promise<void> {
  const { bytes, value } = await exchange.readJson();
  const selection = readBodySelection(value);
  const modelName = isBlank(value['model']) ? await modelOfMode(exchange, gateway, value) : undefined;
  if (isBlank(value['model']) && modelName === undefined && !asksForModels(exchange, selection)) {
    throw invalidField('model', 'expected a model, a route, a tag expression or "auto"');
  }
  await runModelCall(exchange, gateway, {
    dialect: openAiChatDialect,
    endpoint: CHAT_SUFFIX,
    body: value,
    bytes,
    selections: [selection],
    ...(modelName === undefined ? {} : { modelName }),
  });
}

function isBlank(model: JsonValue | undefined): boolean {
  return model === undefined || model === null || (typeof model === 'string' && model.trim() === '');
}

function asksForModels({ incoming }: Exchange, selection: Selection): boolean {
  return selection !== NO_SELECTION || readHeaderSelection(incoming.headers) !== NO_SELECTION;
}

/** The model is one of the provider's; an equal `provider/` prefix is allowed. */
async function completeAtProvider(exchange: Exchange, gateway: Gateway): Promise<void> {
  const provider = parseProviderPath(exchange.target.path);
  const { bytes, value } = await exchange.readJson();
  const model = asString(value['model']) ?? '';
  if (model === '') throw invalidField('model', 'expected the name of a model of this provider');
  const modelName = model.startsWith(`${provider}/`) ? model : `${provider}/${model}`;
  await runModelCall(exchange, gateway, {
    dialect: openAiChatDialect,
    endpoint: `/{provider}${CHAT_SUFFIX}`,
    body: value,
    bytes,
    modelName,
    selections: [{ providers: [provider] }, readBodySelection(value)],
  });
}

/** The path names the model; another `model` in the body is the name to send to the provider, as it always was. */
export async function completeAtModel(exchange: Exchange, gateway: Gateway): Promise<void> {
  const { provider, model } = parseModelPath(exchange.target.path, CHAT_SUFFIX);
  const { bytes, value } = await exchange.readJson();
  await runModelCall(exchange, gateway, {
    dialect: openAiChatDialect,
    endpoint: `/models/{provider}/{model}${CHAT_SUFFIX}`,
    body: value,
    bytes,
    modelName: `${provider}/${model}`,
    selections: [{ providers: [provider] }, readBodySelection(value)],
    upstreamName: otherModel(value, provider, model),
  });
}

function otherModel(body: JsonObject, provider: string, model: string): string | undefined {
  const named = asString(body['model']) ?? '';
  const isSame = named === '' || named === model || named === `${provider}/${model}`;
  return isSame ? undefined : named;
}
