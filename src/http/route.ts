import type { Scope } from '../access/scopes.ts';
import type { ClientDialect } from '../protocols/protocol.ts';
import type { Exchange } from './exchange.ts';

/**
 * One endpoint. The scope stands beside the handler, so that no path can be spelled in a way that reaches the handler
 * but not the check.
 */
export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** Hono pattern; also served below `/api`. */
  readonly path: string;
  readonly scope: Scope;
  /** Whose error shape the endpoint answers in. */
  readonly dialect: ClientDialect;
  /** May throw a RouterError; answers on `exchange`. */
  readonly handle: (exchange: Exchange) => void | Promise<void>;
}
