import type { ProviderSpec } from './spec.ts';

export type BaseUrlResult =
  | { readonly ok: true; readonly baseUrl: string }
  /** `reason` names the variable to set and is safe to show. */
  | { readonly ok: false; readonly reason: string };

const PLACEHOLDER = /\{(\w+)\}/g;

/**
 * The base URL of a provider for which router.toml names none, without trailing slash: the server that `hostEnv`
 * names if that variable is set, else `baseUrl` with its placeholders filled.
 */
export function resolveBaseUrl(spec: ProviderSpec, readVariable: (name: string) => string | undefined): BaseUrlResult {
  const read = (name: string): string | undefined => readVariable(name)?.trim() || undefined;
  const host = spec.hostEnv === undefined ? undefined : read(spec.hostEnv);
  if (spec.hostEnv !== undefined && host !== undefined) return readHost(spec, spec.hostEnv, host);
  if (spec.baseUrl === undefined) {
    const orVariable = spec.hostEnv === undefined ? '' : ` and ${spec.hostEnv} is not set`;
    return { ok: false, reason: `base_url is missing${orVariable}` };
  }
  return fillPlaceholders(spec.baseUrl, spec.baseUrlEnv ?? {}, read);
}

function fillPlaceholders(
  template: string,
  variables: Readonly<Record<string, string>>,
  read: (name: string) => string | undefined,
): BaseUrlResult {
  const unset = Object.values(variables).find((name) => read(name) === undefined);
  if (unset !== undefined) return { ok: false, reason: `${unset} is not set` };
  const filled = template.replace(PLACEHOLDER, (_match, placeholder: string) =>
    encodeURIComponent(read(variables[placeholder] ?? '') ?? ''),
  );
  return { ok: true, baseUrl: withoutTrailingSlash(filled) };
}

/** Reads `https://host/path`, `host:port`, `host` or `:port`; what is missing comes from the spec's own base URL. */
function readHost(spec: ProviderSpec, variable: string, value: string): BaseUrlResult {
  const standard = new URL(spec.baseUrl ?? 'https://unknown.invalid');
  const isWhole = /^https?:\/\//i.test(value);
  const host = value.startsWith(':') ? standard.hostname + value : value;
  const text = isWhole ? value : `${standard.protocol}//${host}`;
  if (!URL.canParse(text)) return { ok: false, reason: `${variable} is neither a URL nor a host` };
  const url = new URL(text);
  if (!isWhole && url.port === '') url.port = standard.port;
  // Servers are told to listen on every address; a client has to call one.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  if (url.hostname === '[::]') url.hostname = '[::1]';
  return { ok: true, baseUrl: withoutTrailingSlash(url.origin + url.pathname) };
}

function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
