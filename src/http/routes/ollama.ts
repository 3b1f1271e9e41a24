import type { Gateway } from '../../gateway/gateway.ts';
import { asString, type JsonObject } from '../../lib/json.ts';
import { ollamaChatDialect, ollamaGenerateDialect } from '../../protocols/ollama-chat/ollama-chat.ts';
import type { ClientDialect } from '../../protocols/protocol.ts';
import { runDialectCall } from '../dialect-call.ts';
import type { Exchange } from '../exchange.ts';
import type { Route } from '../route.ts';

interface OllamaEndpoint {
  readonly dialect: ClientDialect;
  readonly path: string;
  /** What stands where the answer would be, in an answer without one. */
  readonly nothing: JsonObject;
}

const ENDPOINTS: readonly OllamaEndpoint[] = [
  { dialect: ollamaChatDialect, path: '/api/chat', nothing: { message: { role: 'assistant', content: '' } } },
  { dialect: ollamaGenerateDialect, path: '/api/generate', nothing: { response: '' } },
];

/** Ollama's own API: https://github.com/ollama/ollama/blob/main/docs/api.md */
export function ollamaRoutes(gateway: Gateway): readonly Route[] {
  return ENDPOINTS.map((endpoint) => {
    const { dialect, path } = endpoint;
    return { method: 'POST', scope: 'call', dialect, path, handle: (exchange) => call(exchange, gateway, endpoint) };
  });
}

async function call(exchange: Exchange, gateway: Gateway, endpoint: OllamaEndpoint): Promise<void> {
  const { value } = await exchange.readJson();
  if (isWordless(value)) answerLoad(exchange, value, endpoint);
  else await runDialectCall(exchange, gateway, { dialect: endpoint.dialect, endpoint: endpoint.path });
}

/** Clients load and unload a model by a call without words. */
function isWordless({ messages, prompt }: JsonObject): boolean {
  const isEmpty = messages === undefined || (Array.isArray(messages) && messages.length === 0);
  return isEmpty && (prompt === undefined || prompt === '');
}

/** There is nothing to load here: a provider does so when it is asked. */
function answerLoad(exchange: Exchange, body: JsonObject, { nothing }: OllamaEndpoint): void {
  exchange.json(200, {
    model: asString(body['model']) ?? '',
    created_at: new Date().toISOString(),
    ...nothing,
    done: true,
    done_reason: body['keep_alive'] === 0 ? 'unload' : 'load',
  });
}
