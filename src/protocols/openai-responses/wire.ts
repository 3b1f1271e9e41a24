import type { FinishReason } from '../../canonical/chat.ts';
import { asArray, asObject, asString, type JsonObject } from '../../lib/json.ts';

/*
 * Names of OpenAI's Responses format, which xAI, Azure, vLLM and others speak too.
 * https://platform.openai.com/docs/api-reference/responses
 */

/** The name that this format has in `extras` and in foreign parts. */
export const FORMAT = 'openai-responses';

/** Type of the item that offers tools in the middle of a conversation. */
export const ADDITIONAL_TOOLS = 'additional_tools';

/** In `include`: thoughts come sealed, so that a client can send them back without anything being stored. */
export const INCLUDE_SEALS = 'reasoning.encrypted_content';
/** In `include`: text comes with the log probability of each token. */
export const INCLUDE_LOGPROBS = 'message.output_text.logprobs';

/** Stands between the parts of a thought's summary, which the canonical form keeps as one text. */
export const PART_SEPARATOR = '\n\n';

/** Kinds of items that call a tool of the client. */
export const CALL_TYPES: ReadonlySet<unknown> = new Set(['function_call', 'custom_tool_call']);

/** The words of a reasoning item: its summary first, then, from open models, the thought itself. */
export function textOfReasoning(item: JsonObject): string {
  const texts = [...asArray(item['summary']), ...asArray(item['content'])].map((part) =>
    asString(asObject(part)['text']),
  );
  return texts.filter((text) => text !== undefined && text !== '').join(PART_SEPARATOR);
}

const INCOMPLETE_REASONS: ReadonlyMap<unknown, FinishReason> = new Map([
  ['max_output_tokens', 'length'],
  ['content_filter', 'content-filter'],
]);

/** Why an answer with this `status` ended. */
export function finishReasonOf(response: JsonObject, said: { hasCall: boolean; hasRefusal: boolean }): FinishReason {
  if (response['status'] === 'incomplete') {
    return INCOMPLETE_REASONS.get(asObject(response['incomplete_details'])['reason']) ?? 'other';
  }
  if (said.hasRefusal) return 'content-filter';
  return said.hasCall ? 'tool-calls' : 'stop';
}
