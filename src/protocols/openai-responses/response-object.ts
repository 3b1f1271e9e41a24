import type { FinishReason } from '../../canonical/chat.ts';
import { asArray, asObject, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { AnswerFacts } from '../protocol.ts';
import { INCLUDE_SEALS } from './wire.ts';

export type ResponseFacts = Pick<AnswerFacts, 'requestId' | 'createdAt' | 'provider' | 'model' | 'body'>;

/** How far a response is, in the words of the format. */
export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed';
  readonly output: readonly JsonObject[];
  readonly usage?: JsonObject;
  /** Why it is `incomplete`. */
  readonly reason?: string;
  readonly error?: JsonObject;
}

/** Settings that every response repeats, with what they are where the request does not say. */
const ECHOED: readonly (readonly [name: string, unsaid: JsonValue])[] = [
  ['instructions', null],
  ['max_output_tokens', null],
  ['max_tool_calls', null],
  ['metadata', {}],
  ['parallel_tool_calls', true],
  ['prompt_cache_key', null],
  ['safety_identifier', null],
  ['temperature', null],
  ['tool_choice', 'auto'],
  ['tools', []],
  ['top_logprobs', 0],
  ['top_p', null],
  ['truncation', 'disabled'],
  ['user', null],
];

const MILLISECONDS = 1000;

/** The whole object of a response: https://platform.openai.com/docs/api-reference/responses/object */
export function responseObject(facts: ResponseFacts, state: ResponseState): JsonObject {
  const { requestId, createdAt, provider, model, body } = facts;
  const { status, output, usage, reason, error } = state;
  const echoed = ECHOED.map(([name, unsaid]) => [name, body[name] ?? unsaid] as const);
  const { effort, summary } = asObject(body['reasoning']);
  return {
    id: `resp_${requestId}`,
    object: 'response',
    created_at: createdAt,
    completed_at: status === 'completed' ? Math.floor(Date.now() / MILLISECONDS) : null,
    status,
    background: false,
    error: error ?? null,
    incomplete_details: reason === undefined ? null : { reason },
    model,
    provider,
    output,
    output_text: outputText(output),
    ...Object.fromEntries(echoed),
    text: { format: { type: 'text' }, ...asObject(body['text']) },
    reasoning: { effort: effort ?? null, summary: summary ?? null },
    service_tier: 'default',
    // Nothing is stored where the router translates, so nothing can be referred to later.
    store: false,
    previous_response_id: null,
    usage: usage ?? null,
  };
}

/** All that the model said, as the SDKs put it together. */
function outputText(output: readonly JsonObject[]): string {
  const parts = output.flatMap((item) => (item['type'] === 'message' ? asArray(item['content']) : []));
  const texts = parts.map(asObject).filter((part) => part['type'] === 'output_text');
  return texts.map((part) => asString(part['text']) ?? '').join('');
}

interface Ending {
  readonly status: 'completed' | 'incomplete';
  readonly reason?: string;
}

/** A refusal in the model's own words is a complete answer. */
export function endingOf(finishReason: FinishReason, hasRefusal: boolean): Ending {
  if (finishReason === 'length') return { status: 'incomplete', reason: 'max_output_tokens' };
  if (finishReason === 'content-filter' && !hasRefusal) return { status: 'incomplete', reason: 'content_filter' };
  return { status: 'completed' };
}

/** Clients that let nothing be stored get thoughts sealed, to send them back. */
export function wantsSeals(body: JsonObject): boolean {
  return body['store'] === false || asArray(body['include']).includes(INCLUDE_SEALS);
}
