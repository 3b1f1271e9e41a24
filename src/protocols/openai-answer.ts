import type { ContentPart } from '../canonical/content.ts';
import type { JsonObject } from '../lib/json.ts';

/** The parts of a message by kind, each in the form that OpenAI's words have for it. */
export interface MessageWords {
  /** Undefined where no text was said. */
  readonly text: string | undefined;
  readonly reasoning: string | undefined;
  readonly refusal: string | undefined;
  readonly toolCalls: readonly JsonObject[] | undefined;
}

export function wordsOf(parts: readonly ContentPart[]): MessageWords {
  const calls = parts.flatMap((part) => (part.type === 'tool-call' ? [encodeToolCall(part)] : []));
  return {
    text: textOf(parts, 'text'),
    reasoning: textOf(parts, 'reasoning'),
    refusal: textOf(parts, 'refusal'),
    toolCalls: calls.length === 0 ? undefined : calls,
  };
}

function textOf(parts: readonly ContentPart[], type: 'text' | 'reasoning' | 'refusal'): string | undefined {
  const texts = parts.flatMap((part) => (part.type === type ? [part.text] : []));
  return texts.length === 0 ? undefined : texts.join('');
}

function encodeToolCall(call: ContentPart & { readonly type: 'tool-call' }): JsonObject {
  return { id: call.id, type: 'function', function: { name: call.name, arguments: call.arguments } };
}
