import type { Gateway } from '../../gateway/gateway.ts';
import { anthropicMessagesDialect } from '../../protocols/anthropic-messages/anthropic-messages.ts';
import { readBodySelection } from '../../routing/read-selection.ts';
import { modelAt } from '../dialect-call.ts';
import type { Exchange } from '../exchange.ts';
import { prepareCall } from '../model-call.ts';
import { parseProviderPath } from '../model-path.ts';
import type { Route } from '../route.ts';

const SUFFIX = '/v1/messages/count_tokens';

export const TOKEN_COUNT_HEADER = 'x-router-token-count';

/** `POST /v1/messages/count_tokens`, for every model: agents ask it to know when to shorten a conversation. */
export function countTokensRoutes(gateway: Gateway): readonly Route[] {
  const base = { method: 'POST', scope: 'call', dialect: anthropicMessagesDialect } as const;
  return [
    { ...base, path: SUFFIX, handle: (exchange) => countTokens(exchange, gateway, undefined) },
    {
      ...base,
      path: `/:provider${SUFFIX}`,
      handle: (exchange) => countTokens(exchange, gateway, parseProviderPath(exchange.target.path)),
    },
  ];
}

async function countTokens(exchange: Exchange, gateway: Gateway, provider: string | undefined): Promise<void> {
  const { bytes, value } = await exchange.readJson();
  // The counter needs no limit of the answer, the dialect does.
  const body = value['max_tokens'] === undefined ? { ...value, max_tokens: 1 } : value;
  const request = prepareCall(exchange, {
    dialect: anthropicMessagesDialect,
    endpoint: SUFFIX,
    body,
    ...(body === value ? { bytes } : {}),
    ...(provider === undefined ? {} : { modelName: modelAt(provider, value) }),
    selections: [...(provider === undefined ? [] : [{ providers: [provider] }]), readBodySelection(value)],
  });
  const { tokens, source } = await gateway.countTokens(request);
  exchange.json(200, { input_tokens: tokens }, { [TOKEN_COUNT_HEADER]: source });
}
