import type { Secret } from '../lib/secret.ts';
import type { ProviderInstance } from './spec.ts';

const USER_AGENT = 'llm-router';

const fixedHeaders = new WeakMap<ProviderInstance, Readonly<Record<string, string>>>();

/** Headers of one call. Only constants, the configuration and the key go out: nothing that a client sent. */
export function requestHeaders(
  provider: ProviderInstance,
  key: Secret | undefined,
  isStream: boolean,
): Record<string, string> {
  const headers: Record<string, string> = { ...fixedHeadersOf(provider) };
  headers['accept'] = isStream ? 'text/event-stream' : 'application/json';
  if (key !== undefined && provider.auth.kind === 'header') {
    headers[provider.auth.header] = provider.auth.prefix + key.reveal();
  }
  return headers;
}

/** The same for all calls of a provider as long as its configuration stands. Names in lower case, the file wins. */
function fixedHeadersOf(provider: ProviderInstance): Readonly<Record<string, string>> {
  const known = fixedHeaders.get(provider);
  if (known !== undefined) return known;
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    // Bytes go through as they come, so nothing may be packed on the way.
    'accept-encoding': 'identity',
  };
  for (const [name, value] of Object.entries({ ...provider.spec.headers, ...provider.headers })) {
    headers[name.toLowerCase()] = value;
  }
  fixedHeaders.set(provider, headers);
  return headers;
}
