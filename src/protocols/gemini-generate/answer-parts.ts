import type { ContentPart, ReasoningPart, ToolCallPart } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import type { JsonObject } from '../../lib/json.ts';
import { encodeSource } from './encode-media.ts';
import { parseObject } from './parse-object.ts';
import { encodeRedacted, encodeSeal } from './seals.ts';

/** Who made the answer and who is told what is lost of it. */
export interface AnswerContext {
  readonly origin: string;
  readonly ledger: LossLedger;
}

/** A part of an answer in the vendor's words; none for what these have no place for. */
export function encodeAnswerPart(part: ContentPart, context: AnswerContext, standIn?: string): JsonObject[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text === '' ? [] : [{ text: part.text }];
    case 'reasoning':
      return [encodeThought(part, context)];
    case 'tool-call':
      return [encodeCall(part, context, standIn)];
    case 'media':
      return [encodeSource(part.source, part.modality)];
    case 'tool-result':
      context.ledger.dropped('answer.tool_result', 'minor');
      return [];
    case 'foreign':
      return encodeForeign(part, context);
    default:
      return part satisfies never;
  }
}

function encodeForeign(
  part: Extract<ContentPart, { readonly type: 'foreign' }>,
  { ledger }: AnswerContext,
): JsonObject[] {
  if (part.protocol === 'gemini-generate') return [part.value as JsonObject];
  ledger.dropped('answer.content', 'meaning', `a part of ${part.protocol}`);
  return [];
}

export function encodeThought(
  { text, signature, redacted }: Pick<ReasoningPart, 'text' | 'signature' | 'redacted'>,
  { origin }: AnswerContext,
): JsonObject {
  const thought = { text, thought: true };
  if (redacted !== undefined) return { ...thought, thoughtSignature: encodeRedacted(origin, redacted) };
  return signature === undefined ? thought : { ...thought, thoughtSignature: encodeSeal(origin, signature) };
}

/** `standIn`: what stands where the seal of a call would, for calls of providers that seal none. */
export function encodeCall(
  { id, name, arguments: words, signature }: Pick<ToolCallPart, 'id' | 'name' | 'arguments' | 'signature'>,
  { origin, ledger }: AnswerContext,
  standIn: string | undefined = undefined,
): JsonObject {
  const args = parseObject(words);
  if (args === undefined && words.trim() !== '') {
    ledger.approximated('answer.tool_calls.arguments', 'meaning', 'no JSON object and so as one text');
  }
  const functionCall = { id, name, args: args ?? (words.trim() === '' ? {} : { input: words }) };
  const thoughtSignature = signature === undefined ? standIn : encodeSeal(origin, signature);
  return thoughtSignature === undefined ? { functionCall } : { functionCall, thoughtSignature };
}
