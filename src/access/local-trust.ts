import { isIP } from 'node:net';

/** The facts of one connection and request that decide whether a caller counts as the owner of this machine. */
export interface ConnectionFacts {
  /** Address that the client comes from, as the socket says; undefined for a socket that is already closed. */
  readonly remoteAddress: string | undefined;
  /** The server listens on a loopback address only. */
  readonly isLoopbackOnly: boolean;
  /** Lower-case names, as Node parses them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Any of these means that somebody else's request is passed on to us, so that the peer's address says nothing. */
const FORWARDING_HEADERS = [
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'x-original-host',
  'x-original-url',
] as const;

const FORWARDING_PREFIXES = ['x-forwarded-', 'cf-', 'fly-', 'x-envoy-', 'x-azure-', 'x-amzn-trace'] as const;

/** True for 127.0.0.0/8, ::1 and the IPv4-mapped form of the former. */
export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.toLowerCase().replace(/^::ffff:/, '');
  if (isIP(plain) === 4) return plain.startsWith('127.');
  return plain === '::1';
}

function isForwarded(headers: ConnectionFacts['headers']): boolean {
  if (FORWARDING_HEADERS.some((name) => headers[name] !== undefined)) return true;
  return Object.keys(headers).some((name) => FORWARDING_PREFIXES.some((prefix) => name.startsWith(prefix)));
}

/** A page of another origin asks: browsers say so in `Origin` (every POST) or in `Sec-Fetch-Site`. */
function isFromForeignPage(headers: ConnectionFacts['headers']): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const origin = headers['origin'];
  return origin !== undefined && !isOwnOrigin(origin, headers['host']);
}

function isOwnOrigin(origin: string | readonly string[], host: string | readonly string[] | undefined): boolean {
  return typeof host === 'string' && (origin === `http://${host}` || origin === `https://${host}`);
}

/**
 * Listener and peer on loopback, no trace of a proxy, no page of another origin. The Host header has been
 * checked before (see `isAllowedHost`), so that a foreign name that resolves to 127.0.0.1 never comes this far.
 */
export function isLocalCaller(facts: ConnectionFacts): boolean {
  return (
    isLoopbackAddress(facts.remoteAddress) &&
    facts.isLoopbackOnly &&
    !isForwarded(facts.headers) &&
    !isFromForeignPage(facts.headers)
  );
}

/** A name or an address in Host, with or without a port (RFC 9110 §7.2). */
const HOST = /^(?:\[(?<six>[0-9a-f:.]+)\]|(?<name>[a-z0-9._-]+))(?::\d{1,5})?$/;

/**
 * DNS rebinding: a page may resolve its own name to this machine, but cannot forge the Host header. Loopback names and
 * configured names pass. A listener for the network without configured names takes every well-formed host: nobody is
 * trusted there for where he comes from, so a rebound name gains nothing.
 */
export function isAllowedHost(
  host: string | undefined,
  allowedHosts: readonly string[],
  isLoopbackOnly: boolean,
): boolean {
  const match = HOST.exec(host?.toLowerCase() ?? '');
  const name = match?.groups?.['six'] ?? match?.groups?.['name'];
  if (name === undefined) return false;
  if (name === 'localhost' || isLoopbackAddress(name)) return true;
  if (!isLoopbackOnly && allowedHosts.length === 0) return true;
  return allowedHosts.includes(name);
}
