import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import type { Authenticator } from '../access/authenticator.ts';
import { mayUse } from '../access/scopes.ts';
import type { ConfigStore } from '../config/config-store.ts';
import type { ServerConfig } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import { createId } from '../lib/ids.ts';
import type { Metrics } from '../monitor/metrics.ts';
import { anthropicMessagesDialect } from '../protocols/anthropic-messages/anthropic-messages.ts';
import { geminiGenerateDialect } from '../protocols/gemini-generate/gemini-generate.ts';
import { openAiChatDialect } from '../protocols/openai-chat/openai-chat.ts';
import type { ClientDialect } from '../protocols/protocol.ts';
import { routerNativeDialect } from '../protocols/router-native/router-native.ts';
import type { ClientConnections } from './client-connections.ts';
import { checkHost, parseTarget, requestIdOf } from './edge.ts';
import type { EdgeLimits } from './edge-limits.ts';
import { Exchange } from './exchange.ts';
import { NodeSink } from './node-sink.ts';
import type { Route } from './route.ts';

export interface AppDependencies {
  readonly store: ConfigStore;
  readonly authenticator: Authenticator;
  readonly routes: readonly Route[];
  /** The server listens on a loopback address only. */
  readonly isLoopbackOnly: boolean;
  readonly metrics: Metrics;
  readonly connections: ClientConnections;
  readonly limits: EdgeLimits;
  /** Told about errors that nobody foresaw. */
  readonly onUnexpected: (error: RouterError, requestId: string) => void;
}

type AppEnv = { Bindings: HttpBindings };

/**
 * The whole HTTP surface as a Node request listener: Host and path are checked first, then Hono finds the route, then
 * the route's scope is checked, then its handler answers on the raw Node response.
 */
export function createApp(dependencies: AppDependencies): RequestListener {
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  const exchangeOf = (bindings: HttpBindings): Exchange => {
    const exchange = exchanges.get(bindings.incoming as IncomingMessage);
    if (exchange === undefined) throw new Error('no exchange: the request did not come through the edge');
    return exchange;
  };
  const hono = new Hono<AppEnv>({
    getPath: (_request, options) => exchangeOf(options?.env as HttpBindings).target.path,
  });
  for (const route of dependencies.routes) {
    hono.on(route.method, route.path, (context) => {
      void runRoute(dependencies, route, exchangeOf(context.env));
      return RESPONSE_ALREADY_SENT;
    });
  }
  mountWrongMethods(hono, dependencies, exchangeOf);
  hono.notFound((context) => {
    refuse(dependencies, exchangeOf(context.env), new RouterError('request.unknown_path'));
    return RESPONSE_ALREADY_SENT;
  });
  const listener = getRequestListener(hono.fetch as never, { overrideGlobalObjects: false, errorHandler: badRequest });
  const fixed = fixedRoutes(dependencies.routes);
  const passed: PassedHost = { host: undefined, server: undefined };
  return (incoming, outgoing) => {
    const exchange = openExchange(dependencies, passed, incoming, outgoing);
    if (exchange === undefined) return;
    const route = fixed.get(`${incoming.method} ${exchange.target.path}`);
    if (route !== undefined) {
      void runRoute(dependencies, route, exchange);
      return;
    }
    exchanges.set(incoming, exchange);
    void listener(incoming, outgoing);
  };
}

/**
 * Routes without parameters, by method and path. They need no pattern, and finding one here instead of in the
 * framework saves a fifth of a small request's CPU time.
 */
function fixedRoutes(routes: readonly Route[]): ReadonlyMap<string, Route> {
  const fixed = routes.filter((route) => !/[:*]/.test(route.path));
  return new Map(fixed.map((route) => [`${route.method} ${route.path}`, route]));
}

/** After all routes: a known path with another method is 405 and names the methods that would do. */
function mountWrongMethods(
  hono: Hono<AppEnv>,
  dependencies: AppDependencies,
  exchangeOf: (bindings: HttpBindings) => Exchange,
): void {
  for (const path of new Set(dependencies.routes.map((route) => route.path))) {
    const allowed = dependencies.routes.filter((route) => route.path === path).map((route) => route.method);
    hono.all(path, (context) => {
      const publicMessage = `This path accepts ${allowed.join(', ')} only.`;
      const error = new RouterError('request.wrong_method', { publicMessage });
      refuse(dependencies, exchangeOf(context.env), error, { allow: allowed.join(', ') });
      return RESPONSE_ALREADY_SENT;
    });
  }
}

/** The last Host that was allowed, and under which settings. */
interface PassedHost {
  host: string | undefined;
  server: ServerConfig | undefined;
}

/** The edge: what is wrong with a request before anybody looks at its meaning. Undefined when it was answered. */
function openExchange(
  dependencies: AppDependencies,
  passed: PassedHost,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Exchange | undefined {
  const snapshot = dependencies.store.current;
  const requestId = requestIdOf(incoming);
  const sink = new NodeSink(outgoing, dependencies.limits.readerStallMs);
  const facts = { incoming, sink, requestId, snapshot };
  const refusal = dependencies.connections.begin(incoming, sink);
  try {
    if (refusal !== undefined) throw refusal;
    // Clients repeat themselves: a Host that has passed under the same configuration passes again.
    const isRepeated = incoming.headers.host === passed.host && snapshot.server === passed.server;
    if (!isRepeated) checkHost(incoming, snapshot.server, dependencies.isLoopbackOnly);
    passed.host = incoming.headers.host;
    passed.server = snapshot.server;
    return new Exchange({ ...facts, target: parseTarget(incoming.url ?? '') });
  } catch (thrown) {
    const error = RouterError.from(thrown);
    countRefused(dependencies.metrics, error);
    const exchange = new Exchange({ ...facts, target: { path: '/', query: '' } });
    exchange.fail(error, openAiChatDialect);
    dependencies.metrics.countRequest(exchange.sink.status);
    return undefined;
  }
}

async function runRoute(dependencies: AppDependencies, route: Route, exchange: Exchange): Promise<void> {
  try {
    if (route.scope !== 'public') authorize(dependencies, route, exchange);
    const handled = route.handle(exchange);
    if (handled !== undefined) await handled;
  } catch (thrown) {
    const error = RouterError.from(thrown);
    if (error.code === 'internal.unexpected') dependencies.onUnexpected(error, exchange.requestId);
    else countRefused(dependencies.metrics, error);
    exchange.fail(error, route.dialect);
  } finally {
    dependencies.metrics.countRequest(exchange.sink.status);
  }
}

function authorize(dependencies: AppDependencies, route: Route, exchange: Exchange): void {
  const { incoming, snapshot } = exchange;
  const facts = {
    remoteAddress: incoming.socket.remoteAddress,
    isLoopbackOnly: dependencies.isLoopbackOnly,
    headers: incoming.headers,
  };
  exchange.caller = dependencies.authenticator.authenticate(facts, snapshot);
  if (!mayUse(exchange.caller.role, route.scope)) throw new RouterError('auth.forbidden_scope');
}

interface PathDialect {
  readonly pattern: RegExp;
  readonly dialect: ClientDialect;
}

/** Whose clients ask at such a path. */
const PATH_DIALECTS: readonly PathDialect[] = [
  { pattern: /(^|\/)v1\/messages(\/|$)/, dialect: anthropicMessagesDialect },
  { pattern: /^\/v1(alpha|beta)(\/|$)/, dialect: geminiGenerateDialect },
  { pattern: /(^|\/)v1(\/|$)/, dialect: openAiChatDialect },
];

/** Paths without a handler have no dialect of their own. */
function refuse(dependencies: AppDependencies, exchange: Exchange, error: RouterError, headers = {}): void {
  countRefused(dependencies.metrics, error);
  const { path } = exchange.target;
  const dialect = PATH_DIALECTS.find(({ pattern }) => pattern.test(path))?.dialect ?? routerNativeDialect;
  exchange.fail(error, dialect, headers);
  dependencies.metrics.countRequest(exchange.sink.status);
}

function countRefused(metrics: Metrics, error: RouterError): void {
  if (error.code.startsWith('server.')) return;
  metrics.countRefused(error.code.startsWith('auth.') ? 'unauthorised' : 'malformed');
}

/** What is left for the adapter of the framework to refuse: a Host that no URL can be made of. */
function badRequest(): Response {
  const requestId = createId();
  const error = new RouterError('request.invalid_path');
  const body = JSON.stringify(openAiChatDialect.encodeError(error, requestId));
  return new Response(body, {
    status: 400,
    headers: { 'content-type': 'application/json', 'x-request-id': requestId },
  });
}
