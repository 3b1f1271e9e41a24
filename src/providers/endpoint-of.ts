import type { ChatProtocolId } from '../canonical/protocol-id.ts';
import { createEndpointBuilder } from './endpoint-url.ts';
import type { ProviderInstance } from './spec.ts';
import type { Endpoint } from './transport.ts';

type EndpointBuilder = (model: string) => Endpoint;

const builders = new WeakMap<ProviderInstance, Map<ChatProtocolId, EndpointBuilder>>();

/** Where a chat call goes; joined once for each provider of a configuration, because joining costs as much as routing. */
export function endpointOf(provider: ProviderInstance, protocol: ChatProtocolId, upstreamName: string): Endpoint {
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
  const path = spec.chat[protocol] ?? '';
  const build = createEndpointBuilder({ baseUrl, versionPath: spec.versionPath, path, endpoint, settings });
  // Most endpoints are the same for all models: then the builder gives the same URL object every time.
  let last: { readonly url: URL; readonly endpoint: Endpoint } | undefined;
  return (model) => {
    const url = build(model);
    if (last?.url !== url) last = { url, endpoint: { origin: url.origin, path: url.pathname + url.search } };
    return last.endpoint;
  };
}
