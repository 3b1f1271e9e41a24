import type { IncomingMessage } from 'node:http';
import { isAllowedHost } from '../access/local-trust.ts';
import type { ServerConfig } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import { createId } from '../lib/ids.ts';

/** Where a request wants to go, parsed once: authentication and routing both look at this and at nothing else. */
export interface RequestTarget {
  /** Still percent-encoded, without the `/api` prefix and without a trailing slash. */
  readonly path: string;
  /** What follows the question mark, still encoded. */
  readonly query: string;
}

const API_PREFIX = '/api';

/** A dot segment, plain or encoded; a doubled slash; a backslash; an encoded NUL. */
const AMBIGUOUS_PATH = /\/\/|\\|%00|%5c|\/(?:\.|%2e){1,2}(?:\/|$)/i;

/** RFC 9112 §3.2.1 origin form only: a path that two readers could understand in two ways is refused. */
export function parseTarget(url: string): RequestTarget {
  const queryAt = url.indexOf('?');
  const path = queryAt === -1 ? url : url.slice(0, queryAt);
  if (!path.startsWith('/') || AMBIGUOUS_PATH.test(path)) throw new RouterError('request.invalid_path');
  return { path: trimTrailingSlash(stripApiPrefix(path)), query: queryAt === -1 ? '' : url.slice(queryAt + 1) };
}

/** Ollama's own API begins with the same word; its paths are not the router's. */
const OLLAMA_PATHS: ReadonlySet<string> = new Set(
  ['chat', 'embed', 'embeddings', 'generate', 'ps', 'show', 'tags', 'version'].map((name) => `${API_PREFIX}/${name}`),
);

function stripApiPrefix(path: string): string {
  if (path === API_PREFIX) return '/';
  if (OLLAMA_PATHS.has(path)) return path;
  return path.startsWith(`${API_PREFIX}/`) ? path.slice(API_PREFIX.length) : path;
}

function trimTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

const CLIENT_REQUEST_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The client's own id where it is harmless to repeat, else a new one. */
export function requestIdOf(incoming: IncomingMessage): string {
  const given = incoming.headers['x-request-id'];
  return typeof given === 'string' && CLIENT_REQUEST_ID.test(given) ? given : createId();
}

/** Throws `auth.forbidden_host`. Comes before everything else, for every path. */
export function checkHost(incoming: IncomingMessage, server: ServerConfig, isLoopbackOnly: boolean): void {
  const { host } = incoming.headers;
  if (isAllowedHost(host, server.allowedHosts, isLoopbackOnly)) return;
  throw new RouterError('auth.forbidden_host', {
    publicMessage: 'The Host header names a host that is not allowed; add it to allowed_hosts in [server].',
    detail: `host ${String(host).slice(0, 200)}`,
  });
}
