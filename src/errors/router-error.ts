import { ERROR_CODES, type ErrorCode } from './codes.ts';

export interface RouterErrorOptions {
  /** Replaces the catalogue's public message; must be safe to show to a client. */
  readonly publicMessage?: string;
  /** The request field that is wrong, as a path such as `messages[0].role`. */
  readonly param?: string;
  /** For logs only; never leaves the process. */
  readonly detail?: string;
  readonly cause?: unknown;
  /** When it is worth asking again, in milliseconds from now. */
  readonly retryAfterMs?: number;
  /** What a limit or quota of the provider is about: everything that the key may call, or this one model. */
  readonly limitScope?: 'key' | 'model';
  /** HTTP status the provider answered with. */
  readonly upstreamStatus?: number;
  /** What the provider said, short enough to show and without keys. */
  readonly upstreamMessage?: string;
  /** Facts that help the caller (near misses, excluded models), shown beside the message. */
  readonly hints?: Readonly<Record<string, unknown>>;
}

/** The one error class. What a client sees is `publicMessage`; `message`, `detail` and `cause` are for logs. */
export class RouterError extends Error {
  override readonly name = 'RouterError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly failover: boolean;
  readonly publicMessage: string;
  readonly param: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly limitScope: 'key' | 'model' | undefined;
  readonly upstreamStatus: number | undefined;
  readonly upstreamMessage: string | undefined;
  readonly hints: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, options: RouterErrorOptions = {}) {
    const spec = ERROR_CODES[code];
    super(options.detail ?? options.publicMessage ?? spec.publicMessage, { cause: options.cause });
    this.code = code;
    this.status = spec.status;
    this.failover = spec.failover;
    this.publicMessage = options.publicMessage ?? spec.publicMessage;
    this.param = options.param;
    this.retryAfterMs = options.retryAfterMs;
    this.limitScope = options.limitScope;
    this.upstreamStatus = options.upstreamStatus;
    this.upstreamMessage = options.upstreamMessage;
    this.hints = options.hints;
  }

  /** The same error, told differently. `detail` stays what it was unless it is among the changes. */
  with(changes: RouterErrorOptions): RouterError {
    const { publicMessage, param, message, cause, retryAfterMs, limitScope, upstreamStatus, upstreamMessage, hints } =
      this;
    const facts = { publicMessage, param, cause, retryAfterMs, limitScope, upstreamStatus, upstreamMessage, hints };
    const known = Object.entries(facts).filter(([, value]) => value !== undefined);
    return new RouterError(this.code, { detail: message, ...Object.fromEntries(known), ...changes });
  }

  static from(thrown: unknown): RouterError {
    return thrown instanceof RouterError ? thrown : new RouterError('internal.unexpected', { cause: thrown });
  }
}

/** A wrong field of a request: names the field and what was expected. */
export function invalidField(param: string, expected: string): RouterError {
  return new RouterError('request.invalid', { param, publicMessage: `${param}: ${expected}` });
}
