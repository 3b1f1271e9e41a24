import type { IncomingHttpHeaders } from 'node:http';
import { RouterError } from '../errors/router-error.ts';
import type { AnswerHeaders } from '../gateway/answer-sink.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { GatewayRequest } from '../gateway/invocation.ts';
import { type CallPlanner, NO_HEADERS } from '../gateway/upstream-call.ts';
import type { JsonObject } from '../lib/json.ts';
import type { ClientDialect, RequestHead } from '../protocols/protocol.ts';
import { readHeaderSelection, type Selection } from '../routing/read-selection.ts';
import type { Exchange } from './exchange.ts';

/** A model call as an endpoint understood it. */
export interface ModelCall {
  readonly dialect: ClientDialect;
  /** Path pattern, for the record. */
  readonly endpoint: string;
  readonly body: JsonObject;
  /** What `body` was parsed from, where it was parsed from bytes of its own. */
  readonly bytes?: Buffer;
  /** Takes the place of the body's `model`: the path names it. */
  readonly modelName?: string;
  readonly selections?: readonly Selection[];
  /** Asks for another remote name than the registered one. */
  readonly upstreamName?: string | undefined;
  readonly batchIndex?: number;
  /** Overrides what the client's `accept` header says. */
  readonly preferEventStream?: boolean;
  /** Makes the calls, where the request is for something else than chat. */
  readonly planner?: CallPlanner;
  /** Read already; by default the dialect reads it from the body. */
  readonly head?: RequestHead;
}

const DRY_RUN_HEADER = 'x-router-dry-run';

/** Runs one call and answers on the exchange; with `x-router-dry-run: 1` it only says what would happen. */
export function runModelCall(exchange: Exchange, gateway: Gateway, call: ModelCall): Promise<void> {
  const request = prepareCall(exchange, call);
  if (!isDryRun(exchange)) return gateway.invoke(request, exchange.sink);
  exchange.json(200, gateway.explain(request));
  return Promise.resolve();
}

export function isDryRun(exchange: Exchange): boolean {
  const value = exchange.incoming.headers[DRY_RUN_HEADER];
  return value === '1' || value === 'true';
}

/** Reads what routing has to know. Throws `request.invalid` for a body that is not a request of the dialect. */
export function prepareCall(exchange: Exchange, call: ModelCall): GatewayRequest {
  const { caller, snapshot, requestId, incoming } = exchange;
  const head = call.head ?? call.dialect.readHead(call.body);
  if (call.upstreamName !== undefined && caller.permits !== undefined) {
    // The name decides what is called and what it costs: a restricted key could reach any model under an allowed one.
    throw new RouterError('auth.forbidden_model', {
      publicMessage: 'This API key may not name a remote model itself.',
    });
  }
  return {
    requestId,
    snapshot,
    caller,
    dialect: call.dialect,
    endpoint: call.endpoint,
    question: {
      modelName: call.modelName ?? head.model,
      selections: [...(call.selections ?? []), readHeaderSelection(incoming.headers)],
    },
    head,
    body: call.body,
    bytes: call.bytes,
    upstreamName: call.upstreamName,
    preferEventStream: call.preferEventStream ?? incoming.headers.accept?.includes('text/event-stream') ?? false,
    forwardedHeaders: forwardedHeaders(call.dialect, incoming.headers),
    batchIndex: call.batchIndex,
    ...(call.planner === undefined ? {} : { planner: call.planner }),
  };
}

function forwardedHeaders({ forwardedHeaders: names }: ClientDialect, headers: IncomingHttpHeaders): AnswerHeaders {
  if (names === undefined) return NO_HEADERS;
  const sent = names.flatMap((name): [string, string][] => {
    const value = headers[name];
    return value === undefined ? [] : [[name, String(value)]];
  });
  return sent.length === 0 ? NO_HEADERS : Object.fromEntries(sent);
}
