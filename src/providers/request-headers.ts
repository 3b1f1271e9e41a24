import type { RingKey } from './key-entry.ts';
import type { ProviderInstance } from './spec.ts';

const USER_AGENT = 'llm-router';

type Headers = Readonly<Record<string, string>>;

/** Made once for each provider, key and kind of answer: assembling them costs as much as choosing the model. */
interface HeaderSets {
  readonly json: Map<string, Headers>;
  readonly stream: Map<string, Headers>;
}

const NO_KEY = '';

const headerSets = new WeakMap<ProviderInstance, HeaderSets>();

/** Headers of one call. Only constants, the configuration and the key go out: nothing that a client sent. */
export function requestHeaders(provider: ProviderInstance, key: RingKey | undefined, isStream: boolean): Headers {
  const sets = headerSets.get(provider) ?? { json: new Map(), stream: new Map() };
  headerSets.set(provider, sets);
  const set = isStream ? sets.stream : sets.json;
  const known = set.get(key?.id ?? NO_KEY);
  if (known !== undefined) return known;
  const headers = assembleHeaders(provider, key, isStream);
  set.set(key?.id ?? NO_KEY, headers);
  return headers;
}

/** Names in lower case; what the file says wins over the spec. */
function assembleHeaders(provider: ProviderInstance, key: RingKey | undefined, isStream: boolean): Headers {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    accept: isStream ? 'text/event-stream' : 'application/json',
    // Bytes go through as they come, so nothing may be packed on the way.
    'accept-encoding': 'identity',
  };
  for (const [name, value] of Object.entries({ ...provider.spec.headers, ...provider.headers })) {
    headers[name.toLowerCase()] = value;
  }
  const { auth } = provider;
  const secret = key?.secret;
  if (secret !== undefined && auth.kind === 'header')
    headers[auth.header.toLowerCase()] = auth.prefix + secret.reveal();
  return headers;
}
