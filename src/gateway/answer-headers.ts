import type { RouterError } from '../errors/router-error.ts';
import { costOf } from '../monitor/pricing.ts';
import type { AnswerHeaders } from './answer-sink.ts';
import type { GatewayRequest, Invocation } from './invocation.ts';
import { lossHeader } from './losses.ts';

/** Proxies on the way must not collect a stream before they pass it on. */
export const STREAM_HEADERS = { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' } as const;

/** What is known of an answer before any model has been asked. */
export function headOf({ dialect, requestId }: GatewayRequest, contentType: string): AnswerHeaders {
  const headers: AnswerHeaders = { 'content-type': contentType, 'x-request-id': requestId };
  if (dialect.requestIdHeader !== undefined) headers[dialect.requestIdHeader] = requestId;
  return headers;
}

/** The cost is known before the head only where the answer is whole. */
export function answerHeaders(invocation: Invocation, contentType: string): AnswerHeaders {
  const { request, model, attempts, reason, usage } = invocation;
  const headers = headOf(request, contentType);
  if (model === undefined) return headers;
  headers['x-router-model'] = headerText(model.key);
  headers['x-router-attempts'] = String(attempts.length);
  headers['x-router-decision'] = reason;
  const losses = invocation.allLosses;
  if (losses.length > 0 && model.unsupported !== 'drop') headers['x-router-loss'] = lossHeader(losses);
  const cost = usage && costOf(model.price, usage);
  if (cost !== undefined) headers['x-router-cost-usd'] = String(cost);
  return headers;
}

/** Seconds, rounded up, for everybody; milliseconds for the SDKs that read them. */
export function retryHeaders(error: RouterError): AnswerHeaders {
  if (error.retryAfterMs === undefined) return {};
  const ms = Math.max(1, Math.ceil(error.retryAfterMs));
  return { 'retry-after': String(Math.ceil(ms / 1000)), 'retry-after-ms': String(ms) };
}

/** Model names may hold any character; a header holds printable ASCII, the rest percent-encoded. */
function headerText(text: string): string {
  return /^[\x20-\x24\x26-\x7e]*$/.test(text) ? text : encodeURI(Buffer.from(text).toString());
}
