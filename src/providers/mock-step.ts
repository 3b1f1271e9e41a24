import type { JsonValue } from '../lib/json.ts';

/** A reply is played step by step. One that has neither `end` nor `reset` stalls until it is aborted. */
export type MockStep =
  | { readonly kind: 'head'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'data'; readonly text: string }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'reset' };

/** May go on for ever. */
export type MockSteps = Iterable<MockStep>;

export const END: MockStep = { kind: 'end' };
export const RESET: MockStep = { kind: 'reset' };

const JSON_TYPE = 'application/json';

export const JSON_HEAD = head(200, { 'content-type': JSON_TYPE });
export const STREAM_HEAD = head(200, { 'content-type': 'text/event-stream' });

export function head(status: number, headers: Readonly<Record<string, string>>): MockStep {
  return { kind: 'head', status, headers };
}

export function data(text: string): MockStep {
  return { kind: 'data', text };
}

export function wait(ms: number): MockStep {
  return { kind: 'wait', ms };
}

/** A whole answer in JSON. */
export function jsonAnswer(
  status: number,
  body: JsonValue,
  headers: Readonly<Record<string, string>> = {},
): readonly MockStep[] {
  return [head(status, { 'content-type': JSON_TYPE, ...headers }), data(JSON.stringify(body)), END];
}

/** A web page where an answer was expected, as proxies and login pages send it. */
export function htmlAnswer(status: number): readonly MockStep[] {
  return [head(status, { 'content-type': 'text/html' }), data('<html><body>Bad gateway</body></html>'), END];
}
