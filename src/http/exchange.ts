import type { IncomingMessage } from 'node:http';
import { type Caller, LOCAL_CALLER } from '../access/caller.ts';
import type { RouterSnapshot } from '../config/snapshot.ts';
import type { RouterError } from '../errors/router-error.ts';
import { retryHeaders } from '../gateway/answer-headers.ts';
import type { AnswerHeaders } from '../gateway/answer-sink.ts';
import { stringifyExact } from '../lib/exact-json.ts';
import type { JsonValue } from '../lib/json.ts';
import type { ClientDialect } from '../protocols/protocol.ts';
import type { RequestTarget } from './edge.ts';
import type { NodeSink } from './node-sink.ts';
import { type JsonBody, readJsonBody } from './read-body.ts';

export interface ExchangeFacts {
  readonly incoming: IncomingMessage;
  readonly sink: NodeSink;
  readonly requestId: string;
  readonly target: RequestTarget;
  readonly snapshot: RouterSnapshot;
}

/** Statuses after which the rest of a body is not worth reading: the connection is closed instead. */
const CLOSING_STATUSES = new Set([408, 413, 415]);

/** One HTTP request and its answer, as every handler sees it. */
export class Exchange {
  readonly incoming: IncomingMessage;
  readonly requestId: string;
  readonly target: RequestTarget;
  /** Read once: the whole request is answered from this configuration. */
  readonly snapshot: RouterSnapshot;
  readonly sink: NodeSink;
  #body: Promise<JsonBody> | undefined;
  /** Set before a handler runs. */
  caller: Caller = LOCAL_CALLER;

  constructor(facts: ExchangeFacts) {
    this.incoming = facts.incoming;
    this.requestId = facts.requestId;
    this.target = facts.target;
    this.snapshot = facts.snapshot;
    this.sink = facts.sink;
  }

  /** Parameters of the query string. */
  get search(): URLSearchParams {
    return new URLSearchParams(this.target.query);
  }

  /** The body is read once, however often it is asked for. */
  readJson(): Promise<JsonBody> {
    this.#body ??= readJsonBody(this.incoming, this.snapshot.server.maxBodyBytes);
    return this.#body;
  }

  json(status: number, value: unknown, headers: AnswerHeaders = {}): void {
    const base = { 'content-type': 'application/json', 'x-request-id': this.requestId };
    this.sink.send(status, { ...base, ...headers }, stringifyExact(value as JsonValue));
  }

  /** Answers with an error in the words of `dialect`. */
  fail(error: RouterError, dialect: ClientDialect, headers: AnswerHeaders = {}): void {
    if (this.sink.isGone || this.sink.hasBegun) return;
    const status = dialect.errorStatus(error);
    const isLast = CLOSING_STATUSES.has(status) || error.code === 'server.too_many_connections';
    const closing = isLast ? { connection: 'close' } : {};
    const { requestIdHeader: name } = dialect;
    const named = name === undefined ? {} : { [name]: this.requestId };
    const all = { ...headers, ...retryHeaders(error), ...closing, ...named };
    this.json(status, dialect.encodeError(error, this.requestId), all);
  }
}
