import type { ChatProtocolId } from '../canonical/protocol-id.ts';
import { endpointAt } from './endpoint-of.ts';
import type { ProviderInstance } from './spec.ts';
import type { Endpoint } from './transport.ts';

/** Where servers list their models, below the version. */
const MODEL_LIST = '/models';

/** Where they do so elsewhere: https://github.com/ollama/ollama/blob/main/docs/api.md#list-local-models */
const OTHER_MODEL_LISTS: Readonly<Partial<Record<ChatProtocolId, string>>> = { 'ollama-chat': '/api/tags' };

/**
 * What to ask a provider to learn whether it answers at all: its list of models, which costs nothing, or `path` at the
 * root of its server. Undefined for providers that cannot be called, or not over the network.
 */
export function probeEndpoint(provider: ProviderInstance, path: string | undefined): Endpoint | undefined {
  const { isActive, unavailable, spec } = provider;
  if (!isActive || unavailable !== undefined || spec.openTransport !== undefined) return undefined;
  if (path === undefined) return endpointAt(provider, modelListPath(provider), '');
  const { origin } = new URL(provider.baseUrl);
  return { origin, path: path.replace(/^\/*/, '/') };
}

function modelListPath(provider: ProviderInstance): string {
  const [protocol] = Object.keys(provider.chat) as ChatProtocolId[];
  return (protocol === undefined ? undefined : OTHER_MODEL_LISTS[protocol]) ?? MODEL_LIST;
}
