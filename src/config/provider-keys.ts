import type { ProviderSpec } from '../providers/spec.ts';
import { type Environment, fillVariables, nameVariable, readVariable, splitKeys } from './environment.ts';
import { isHeaderValue } from './formats.ts';
import type { ProviderTable } from './tables/provider.ts';

export interface ResolvedKeys {
  readonly keys: readonly string[];
  /** Why there is no key; undefined when there is one, or when none is needed. */
  readonly reason: string | undefined;
  /** Worth a warning although the provider can be called. */
  readonly remark: string | undefined;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function isLocal(url: string): boolean {
  return URL.canParse(url) && LOOPBACK.test(new URL(url).hostname);
}

/** Ends of names under which everybody can register: `co.uk`, `com.cn`. */
const SHARED_END = /(^|\.)(ac|co|com|edu|gov|net|org)\.[a-z]{2}$/;

/** The part of the host of `url` that belongs to one owner: `openai.com` of `api.openai.com`. */
function siteOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname
    .split('.')
    .slice(SHARED_END.test(hostname) ? -3 : -2)
    .join('.');
}

/**
 * Whether the customary variable of a type may be sent to the `base_url` of the file: only to the vendor itself or to
 * this machine. Another host gets a key only when the file names one for it, or a vendor's key would go to strangers.
 * A type that everybody runs for themselves has no vendor.
 */
function mayHoldCustomaryKey(spec: ProviderSpec, writtenBaseUrl: string | undefined): boolean {
  if (spec.baseUrl === undefined || isLocal(spec.baseUrl) || writtenBaseUrl === undefined) return true;
  return isLocal(writtenBaseUrl) || siteOf(writtenBaseUrl) === siteOf(spec.baseUrl);
}

/** `shortage` says what is missing: all there is to say without any key, a remark beside those that are there. */
function usable(values: readonly string[], shortage: string | undefined): ResolvedKeys {
  const keys = [...new Set(values)];
  if (!keys.every(isHeaderValue)) {
    return { keys: [], reason: 'the API key has characters that cannot be sent in a header', remark: undefined };
  }
  if (keys.length > 0) return { keys, reason: undefined, remark: shortage };
  return { keys, reason: shortage ?? 'no API key is set', remark: undefined };
}

function describeUnset(names: readonly string[]): string {
  const shown = names.map(nameVariable);
  return shown.length === 1 ? `${shown[0]} is not set` : `none of ${shown.join(', ')} is set`;
}

function fromVariables(names: readonly string[], env: Environment): ResolvedKeys {
  const unset = names.filter((name) => readVariable(env, name) === undefined);
  const keys = names.flatMap((name) => splitKeys(readVariable(env, name) ?? ''));
  return usable(keys, unset.length === 0 ? undefined : describeUnset(unset));
}

function isKeyNeeded(spec: ProviderSpec): boolean {
  return !spec.isKeyOptional && spec.auth.kind !== 'none';
}

function withoutKey(remark: string | undefined): ResolvedKeys {
  return { keys: [], reason: undefined, remark };
}

function fromCustomaryVariable(spec: ProviderSpec, env: Environment, writtenBaseUrl: string | undefined): ResolvedKeys {
  const name = spec.apiKeyEnv.find((variable) => readVariable(env, variable) !== undefined);
  if (!mayHoldCustomaryKey(spec, writtenBaseUrl)) {
    if (name === undefined) return withoutKey(undefined);
    return withoutKey(
      `${name} is not sent, because base_url is not the vendor's; name it with api_key_env if it should be`,
    );
  }
  if (name !== undefined) return fromVariables([name], env);
  if (!isKeyNeeded(spec)) return withoutKey(undefined);
  const reason = spec.apiKeyEnv.length === 0 ? 'no API key is configured' : describeUnset(spec.apiKeyEnv);
  return { keys: [], reason, remark: undefined };
}

function fromText(written: string, env: Environment): ResolvedKeys {
  const { text, unset } = fillVariables(written, env);
  return usable(splitKeys(text), unset.length === 0 ? undefined : describeUnset(unset));
}

/**
 * The keys of a provider: `api_key`, else the variables of `api_key_env`, else the vendor's customary variables.
 * `writtenBaseUrl` is the base URL of the file, its variables replaced; undefined where the file has none.
 */
export function resolveKeys(
  table: ProviderTable,
  spec: ProviderSpec,
  env: Environment,
  writtenBaseUrl: string | undefined,
): ResolvedKeys {
  const written = table.api_key ?? table.settings?.api_key;
  if (written !== undefined) return fromText(written, env);
  const named = table.api_key_env;
  if (named === undefined || named.length === 0) return fromCustomaryVariable(spec, env, writtenBaseUrl);
  const names = (typeof named === 'string' ? [named] : named).map((name) => name.trim());
  const found = fromVariables(names, env);
  if (found.reason === undefined || isKeyNeeded(spec)) return found;
  // A server on this machine may do without the key that the file names; elsewhere a missing key is only a late 401.
  const mayDoWithout = spec.auth.kind === 'none' || isLocal(writtenBaseUrl ?? spec.baseUrl ?? '');
  return mayDoWithout ? withoutKey(found.reason) : found;
}
