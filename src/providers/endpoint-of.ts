import type { ChatProtocolId } from '../canonical/protocol-id.ts';
import { createEndpointBuilder } from './endpoint-url.ts';
import type { ProviderInstance } from './spec.ts';

type EndpointBuilder = (model: string) => URL;

const builders = new WeakMap<ProviderInstance, Map<ChatProtocolId, EndpointBuilder>>();

/** The URL of a chat call; joined once for each provider of a configuration, because joining costs as much as routing. */
export function endpointOf(provider: ProviderInstance, protocol: ChatProtocolId, upstreamName: string): URL {
  return builderOf(provider, protocol)(upstreamName);
}

function builderOf(provider: ProviderInstance, protocol: ChatProtocolId): EndpointBuilder {
  const known = builders.get(provider) ?? new Map<ChatProtocolId, EndpointBuilder>();
  builders.set(provider, known);
  const builder = known.get(protocol) ?? joinEndpoint(provider, protocol);
  known.set(protocol, builder);
  return builder;
}

function joinEndpoint(provider: ProviderInstance, protocol: ChatProtocolId): EndpointBuilder {
  const { baseUrl, spec, endpoint, settings } = provider;
  return createEndpointBuilder({
    baseUrl,
    versionPath: spec.versionPath,
    path: spec.chat[protocol] ?? '',
    endpoint,
    settings,
  });
}
