import type { ChatProtocolId } from '../canonical/protocol-id.ts';
import { createEndpointBuilder } from './endpoint-url.ts';
import type { ProviderInstance } from './spec.ts';
import type { Endpoint } from './transport.ts';

type EndpointBuilder = (model: string) => Endpoint;

const builders = new WeakMap<ProviderInstance, Map<string, EndpointBuilder>>();

/** Where a chat call goes; joined once for each provider of a configuration, because joining costs as much as routing. */
export function endpointOf(
  provider: ProviderInstance,
  protocol: ChatProtocolId,
  upstreamName: string,
  isStream: boolean,
): Endpoint {
  const path = provider.chat[protocol] ?? '';
  const template = typeof path === 'string' ? path : isStream ? path.stream : path.whole;
  return endpointAt(provider, template, upstreamName, provider.endpoint);
}

/** The same for any path below the version. `endpoint` replaces base, version and path: the configuration's own. */
export function endpointAt(
  provider: ProviderInstance,
  path: string,
  upstreamName: string,
  endpoint: string | undefined = undefined,
): Endpoint {
  const known = builders.get(provider) ?? new Map<string, EndpointBuilder>();
  builders.set(provider, known);
  const builder = known.get(path) ?? joinEndpoint(provider, path, endpoint);
  known.set(path, builder);
  return builder(upstreamName);
}

function joinEndpoint(provider: ProviderInstance, path: string, endpoint: string | undefined): EndpointBuilder {
  const { baseUrl, spec, settings } = provider;
  const build = createEndpointBuilder({ baseUrl, versionPath: spec.versionPath, path, endpoint, settings });
  // Most endpoints are the same for all models: then the builder gives the same URL object every time.
  let last: { readonly url: URL; readonly endpoint: Endpoint } | undefined;
  return (model) => {
    const url = build(model);
    if (last?.url !== url) last = { url, endpoint: { origin: url.origin, path: url.pathname + url.search } };
    return last.endpoint;
  };
}
