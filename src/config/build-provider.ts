import { BlockList, isIP } from 'node:net';
import { sha256Hex } from '../lib/digest.ts';
import type { JsonObject } from '../lib/json.ts';
import { Secret } from '../lib/secret.ts';
import { resolveBaseUrl } from '../providers/base-url.ts';
import { isVendorHost, resolveProtocols } from '../providers/protocol-paths.ts';
import type { AuthScheme, BodyEdits, ProviderInstance, ProviderSpec } from '../providers/spec.ts';
import { resolveProviderLimits } from './build-rate-limit.ts';
import { resolveConnectMs } from './call-limits.ts';
import type { CheckedProvider } from './check.ts';
import { type Environment, fillVariables, readVariable } from './environment.ts';
import { isBaseUrl, isHeaderValue } from './formats.ts';
import { placeOf } from './place.ts';
import type { ProblemList } from './problem-list.ts';
import { type ResolvedKeys, resolveKeys } from './provider-keys.ts';
import type { ProviderTable, SettingsTable } from './tables/provider.ts';
import type { RootTable } from './tables/root.ts';

interface Part<Value> {
  readonly value: Value;
  /** Why the provider cannot be called. */
  readonly reason: string | undefined;
}

function describeMissing(unset: readonly string[]): string {
  return unset.length === 1 ? `${unset[0]} is not set` : `${unset.join(', ')} are not set`;
}

function joinReasons(...reasons: readonly (string | undefined)[]): string | undefined {
  const known = new Set(reasons.filter((reason) => reason !== undefined));
  return known.size === 0 ? undefined : [...known].join('; ');
}

/** The base URL of the file, its variables replaced; undefined where the file has none. */
function readBaseUrl(table: ProviderTable, spec: ProviderSpec, env: Environment): Part<string> | undefined {
  const template = table.base_url ?? table.settings?.base_url;
  if (template === undefined) return undefined;
  const { text, unset } = fillVariables(template.trim(), env);
  if (unset.length > 0) return { value: '', reason: describeMissing(unset) };
  const value = withoutTwin(text.trim().replace(/\/+$/, ''), spec);
  return isBaseUrl(value)
    ? { value, reason: undefined }
    : { value: '', reason: 'base_url is no usable URL once filled in' };
}

function withoutTwin(url: string, { twinPath }: ProviderSpec): string {
  return twinPath !== undefined && url.endsWith(twinPath) ? url.slice(0, -twinPath.length) : url;
}

function ownBaseUrl(spec: ProviderSpec, env: Environment): Part<string> {
  const result = resolveBaseUrl(spec, (name) => readVariable(env, name));
  return result.ok
    ? { value: withoutTwin(result.baseUrl, spec), reason: undefined }
    : { value: '', reason: result.reason };
}

/** Lower-case names; a header of the provider itself beats one of its settings beats one of its type. */
function resolveHeaders(table: ProviderTable, spec: ProviderSpec, env: Environment): Part<Record<string, string>> {
  const value: Record<string, string> = {};
  let reason: string | undefined;
  for (const headers of [spec.headers, table.settings?.headers, table.headers]) {
    for (const [name, template] of Object.entries(headers ?? {})) {
      const { text, unset } = fillVariables(template, env);
      if (unset.length > 0) reason ??= describeMissing(unset);
      else if (!isHeaderValue(text)) reason ??= `the header ${name} has characters that cannot be sent`;
      value[name.toLowerCase()] = text;
    }
  }
  return { value, reason };
}

function resolveAuth(settings: SettingsTable, spec: ProviderSpec): AuthScheme {
  const { auth_header: header, auth_scheme: scheme = 'Bearer' } = settings;
  if (header === undefined && settings.auth_scheme === undefined) return spec.auth;
  const word = scheme.trim();
  return { kind: 'header', header: (header ?? 'authorization').toLowerCase(), prefix: word === '' ? '' : `${word} ` };
}

/** Settings that have become something else of the provider, or that hold secrets. */
const CONSUMED_SETTINGS = new Set([
  'accounts',
  'api_key',
  'auth_header',
  'auth_scheme',
  'base_url',
  'endpoint',
  'headers',
  'proxy',
  'timeout',
]);

function otherSettings(settings: SettingsTable): JsonObject {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => !CONSUMED_SETTINGS.has(key)));
}

/** Networks that only some machines can reach; loopback is not among them. */
const PRIVATE_NETWORKS: readonly (readonly [address: string, prefix: number])[] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['fc00::', 7],
  ['fe80::', 10],
];

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/** True for a URL whose host is an address, not a name, in a private network. */
function isPrivateAddress(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) === 0) return false;
  const networks = new BlockList();
  for (const [address, prefix] of PRIVATE_NETWORKS) networks.addSubnet(address, prefix, familyOf(address));
  return networks.check(host, familyOf(host));
}

function resolveEdits(spec: ProviderSpec, baseUrl: string): BodyEdits {
  const { edits = {}, vendorEdits } = spec;
  if (vendorEdits === undefined || !isVendorHost(spec, baseUrl)) return edits;
  return {
    drop: [...(edits.drop ?? []), ...(vendorEdits.drop ?? [])],
    rename: { ...edits.rename, ...vendorEdits.rename },
    add: { ...edits.add, ...vendorEdits.add },
  };
}

/** What all providers of a file have in common. */
export interface ProviderSurroundings {
  readonly env: Environment;
  readonly timeouts: RootTable['timeouts'];
  readonly problems: ProblemList;
}

interface Findings {
  readonly unavailable: string | undefined;
  readonly keys: ResolvedKeys;
  readonly writtenBaseUrl: string;
}

function reportFindings({ table, place }: CheckedProvider, findings: Findings, problems: ProblemList): void {
  // A provider that is switched off need not be complete.
  if (table.is_active === false) return;
  const { unavailable, keys, writtenBaseUrl } = findings;
  const isAboutKeys = table.api_key_env !== undefined && (keys.reason ?? keys.remark) !== undefined;
  const at = isAboutKeys ? placeOf(place, 'api_key_env') : place;
  if (unavailable !== undefined) problems.add('warning', at, `"${table.name}" is unavailable: ${unavailable}`);
  else if (keys.remark !== undefined) problems.add('warning', at, keys.remark);
  if (table.allow_private_network === true || !isPrivateAddress(writtenBaseUrl)) return;
  const message = 'an address in a private network: write allow_private_network = true if it is meant';
  problems.add('warning', placeOf(place, 'base_url'), message);
}

/** A provider with its keys and addresses; what makes it unavailable is a warning, never an error. */
export function buildProvider(provider: CheckedProvider, around: ProviderSurroundings): ProviderInstance {
  const { table, spec } = provider;
  const { env, problems } = around;
  const settings = table.settings ?? {};
  const written = readBaseUrl(table, spec, env);
  const base = written ?? ownBaseUrl(spec, env);
  const headers = resolveHeaders(table, spec, env);
  const keys = resolveKeys(table, spec, env, written?.value);
  const unavailable = spec.unsupported ?? joinReasons(base.reason, keys.reason, headers.reason);
  reportFindings(provider, { unavailable, keys, writtenBaseUrl: written?.value ?? '' }, problems);
  const connectMs = resolveConnectMs([table.timeouts, around.timeouts]);
  const proxyUrl = settings.proxy?.trim();
  return Object.freeze({
    name: table.name,
    spec,
    isActive: table.is_active ?? true,
    unavailable,
    baseUrl: base.value,
    endpoint: settings.endpoint,
    apiKeys: Object.freeze(keys.keys.map((key) => new Secret(key))),
    auth: resolveAuth(settings, spec),
    headers: Object.freeze(headers.value),
    proxyUrl,
    chat: resolveProtocols(spec, base.value, table.protocols),
    edits: resolveEdits(spec, base.value),
    streamUsage: spec.streamUsage,
    anyModel: table.any_model ?? false,
    connectMs,
    rateLimit: resolveProviderLimits(table),
    settings: Object.freeze(otherSettings(settings)),
    fingerprint: sha256Hex(JSON.stringify([spec.type, base.value, proxyUrl, connectMs])),
  });
}
