interface CodeSpec {
  /** HTTP status in dialects that do not say otherwise. */
  readonly status:
    | 400
    | 401
    | 402
    | 403
    | 404
    | 405
    | 408
    | 409
    | 413
    | 415
    | 422
    | 429
    | 431
    | 499
    | 500
    | 501
    | 502
    | 503
    | 504;
  /** May another candidate be tried after this failure? */
  readonly failover: boolean;
  /** Safe to show to anybody. */
  readonly publicMessage: string;
}

/** Every error the router can answer with. Codes are `area.reason` and are never renamed; docs/errors.md lists them. */
export const ERROR_CODES = {
  'request.invalid': { status: 400, failover: false, publicMessage: 'The request is not valid.' },
  'request.invalid_json': { status: 400, failover: false, publicMessage: 'The request body is not valid JSON.' },
  'request.invalid_path': { status: 400, failover: false, publicMessage: 'The request path is not valid.' },
  'request.unknown_path': { status: 404, failover: false, publicMessage: 'There is nothing at this path.' },
  'request.wrong_method': { status: 405, failover: false, publicMessage: 'This path does not accept that method.' },
  'request.timeout': { status: 408, failover: false, publicMessage: 'The request came too slowly.' },
  'request.headers_too_large': {
    status: 431,
    failover: false,
    publicMessage: 'The headers of the request are too large.',
  },
  'request.too_large': { status: 413, failover: false, publicMessage: 'The request body is too large.' },
  'request.unsupported_encoding': {
    status: 415,
    failover: false,
    publicMessage: 'Compressed request bodies are not supported.',
  },
  'auth.forbidden_host': {
    status: 403,
    failover: false,
    publicMessage: 'The Host header names a host that is not allowed.',
  },
  'auth.missing_key': { status: 401, failover: false, publicMessage: 'An API key is required.' },
  'auth.unknown_key': { status: 401, failover: false, publicMessage: 'The API key is not known.' },
  'auth.forbidden_model': { status: 403, failover: false, publicMessage: 'This API key may not use that model.' },
  'auth.forbidden_scope': { status: 403, failover: false, publicMessage: 'This API key may not do that.' },
  'route.no_candidate': { status: 404, failover: false, publicMessage: 'No model matches the request.' },
  'model.unknown': { status: 404, failover: false, publicMessage: 'There is no such model.' },
  'model.inactive': { status: 400, failover: false, publicMessage: 'The model is switched off.' },
  'model.unavailable': { status: 503, failover: false, publicMessage: 'The model is not available.' },
  'model.cannot_serve': { status: 400, failover: false, publicMessage: 'The model cannot serve this request.' },
  'record.unknown': { status: 404, failover: false, publicMessage: 'There is no such thing.' },
  'route.unhealthy': {
    status: 503,
    failover: false,
    publicMessage: 'Every model that matches rests after failures.',
  },
  'limit.model_exhausted': { status: 429, failover: true, publicMessage: 'Every matching model is rate limited.' },
  'upstream.rejected': { status: 400, failover: false, publicMessage: 'The provider rejected the request.' },
  'upstream.bad_signature': {
    status: 400,
    failover: true,
    publicMessage: 'The provider did not accept the signature of a thought in the conversation.',
  },
  'upstream.too_large': {
    status: 413,
    failover: false,
    publicMessage: 'The provider says that the request is too large.',
  },
  'upstream.auth': { status: 502, failover: true, publicMessage: 'The provider did not accept the configured key.' },
  'upstream.not_found': { status: 404, failover: true, publicMessage: 'The provider does not know the model.' },
  'upstream.rate_limited': { status: 429, failover: true, publicMessage: 'The provider is rate limiting.' },
  'upstream.quota': {
    status: 429,
    failover: true,
    publicMessage: 'The quota or the credit at the provider is used up.',
  },
  'upstream.conflict': {
    status: 409,
    failover: true,
    publicMessage: 'The provider could not take the request just now.',
  },
  'upstream.overloaded': { status: 503, failover: true, publicMessage: 'The provider is overloaded.' },
  'upstream.failed': { status: 502, failover: true, publicMessage: 'The provider failed.' },
  'upstream.unreachable': { status: 502, failover: true, publicMessage: 'The provider cannot be reached.' },
  'upstream.bad_response': {
    status: 502,
    failover: true,
    publicMessage: 'The provider sent an answer that makes no sense.',
  },
  'upstream.redirected': {
    status: 502,
    failover: true,
    publicMessage: 'The provider sent the request elsewhere, and redirects are refused.',
  },
  'upstream.oversized': { status: 502, failover: true, publicMessage: 'The answer of the provider is too large.' },
  'upstream.truncated': { status: 502, failover: true, publicMessage: 'The provider ended its answer early.' },
  'upstream.timeout': { status: 504, failover: true, publicMessage: 'The provider did not answer in time.' },
  'client.closed': { status: 499, failover: false, publicMessage: 'The client closed the connection.' },
  'client.stalled': { status: 499, failover: false, publicMessage: 'The client stopped reading the answer.' },
  'server.draining': { status: 503, failover: false, publicMessage: 'The router is shutting down.' },
  'server.too_many_connections': {
    status: 503,
    failover: false,
    publicMessage: 'The router has too many connections; try again.',
  },
  'monitor.unavailable': { status: 503, failover: false, publicMessage: 'The records cannot be read now.' },
  'storage.unavailable': { status: 503, failover: false, publicMessage: 'The database cannot be written now.' },
  'internal.unexpected': { status: 500, failover: false, publicMessage: 'Something went wrong.' },
} as const satisfies Record<string, CodeSpec>;

export type ErrorCode = keyof typeof ERROR_CODES;
