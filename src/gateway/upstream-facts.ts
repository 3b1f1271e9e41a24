import type { ModelEntry } from '../config/snapshot.ts';
import type { RouterError } from '../errors/router-error.ts';
import type { ReplyHeaders } from '../providers/transport.ts';

/** Where vendors say the id of a request, which their support asks for. */
const REQUEST_ID_HEADERS = ['x-request-id', 'request-id', 'x-goog-request-id', 'x-amzn-requestid', 'cf-ray'] as const;

const HARMLESS_ID = /^[\x21-\x7e]{1,200}$/;

/** The error with what the client may know of the provider that made it: `upstream` beside the message. */
export function namedUpstream(error: RouterError, model: ModelEntry, headers: ReplyHeaders): RouterError {
  const { upstreamStatus, upstreamMessage, hints } = error;
  const requestId = REQUEST_ID_HEADERS.map((name) => headers[name]).find(isHarmless);
  const upstream = {
    provider: model.provider.name,
    ...(upstreamStatus === undefined ? {} : { status: upstreamStatus }),
    ...(upstreamMessage === undefined ? {} : { message: upstreamMessage }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
  return error.with({ hints: { ...hints, upstream } });
}

function isHarmless(value: unknown): value is string {
  return typeof value === 'string' && HARMLESS_ID.test(value);
}
