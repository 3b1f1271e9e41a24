import type { Gateway } from '../../gateway/gateway.ts';
import { asString, type JsonObject } from '../../lib/json.ts';
import { anthropicMessagesDialect } from '../../protocols/anthropic-messages/anthropic-messages.ts';
import { openAiChatDialect } from '../../protocols/openai-chat/openai-chat.ts';
import { openAiResponsesDialect } from '../../protocols/openai-responses/openai-responses.ts';
import type { ClientDialect } from '../../protocols/protocol.ts';
import { readBodySelection } from '../../routing/read-selection.ts';
import { runDialectCall } from '../dialect-call.ts';
import type { Exchange } from '../exchange.ts';
import { runModelCall } from '../model-call.ts';
import { parseModelPath, parseProviderPath } from '../model-path.ts';
import type { Route } from '../route.ts';

interface DialectEndpoint {
  readonly dialect: ClientDialect;
  readonly suffix: string;
}

/** Dialects whose body names the model: one path each. */
const ENDPOINTS: readonly DialectEndpoint[] = [
  { dialect: openAiChatDialect, suffix: '/v1/chat/completions' },
  { dialect: openAiResponsesDialect, suffix: '/v1/responses' },
  { dialect: anthropicMessagesDialect, suffix: '/v1/messages' },
];

/** Each endpoint bare, below a provider (`/groq/v1/…`) and below a model (`/models/groq/llama/v1/…`). */
export function dialectRoutes(gateway: Gateway): readonly Route[] {
  return ENDPOINTS.flatMap((endpoint) => routesOf(endpoint, gateway));
}

function routesOf({ dialect, suffix }: DialectEndpoint, gateway: Gateway): readonly Route[] {
  const base = { method: 'POST', scope: 'call', dialect } as const;
  return [
    {
      ...base,
      path: `/models/:path{.+${suffix}}`,
      handle: (exchange) => completeAtModel(exchange, gateway, { dialect, suffix }),
    },
    {
      ...base,
      path: suffix,
      handle: (exchange) => runDialectCall(exchange, gateway, { dialect, endpoint: suffix }),
    },
    {
      ...base,
      path: `/:provider${suffix}`,
      handle: (exchange) => {
        const provider = parseProviderPath(exchange.target.path);
        return runDialectCall(exchange, gateway, { dialect, endpoint: `/{provider}${suffix}`, provider });
      },
    },
  ];
}

/** The path names the model; another `model` in the body is the name to send to the provider, as it always was. */
async function completeAtModel(exchange: Exchange, gateway: Gateway, endpoint: DialectEndpoint): Promise<void> {
  const { dialect, suffix } = endpoint;
  const { provider, model } = parseModelPath(exchange.target.path, suffix);
  const { bytes, value } = await exchange.readJson();
  await runModelCall(exchange, gateway, {
    dialect,
    endpoint: `/models/{provider}/{model}${suffix}`,
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
