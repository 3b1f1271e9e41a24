import type { ChatChoice, ChatResponse } from '../../canonical/chat.ts';
import type { ContentPart, ToolCallPart } from '../../canonical/content.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { AnswerFacts } from '../protocol.ts';
import { wrapSeal } from '../seal.ts';
import { encodeCallSeal } from './call-seal.ts';
import { encodeCitation } from './citations.ts';
import { encodeStopReason, stopDetailsOf } from './finish.ts';
import { encodeUsage } from './usage.ts';
import { OWN_FORMAT, toolInputOf } from './wire.ts';

type Facts = Pick<AnswerFacts, 'ledger' | 'origin'>;
type Reasoning = Extract<ContentPart, { readonly type: 'reasoning' }>;
type Foreign = Extract<ContentPart, { readonly type: 'foreign' }>;

/** The vendor's message. `provider` is an addition of ours, as is `usage.cost`. */
export function encodeResponse(response: ChatResponse, facts: AnswerFacts): JsonObject {
  const [choice, ...others] = response.choices;
  const { ledger } = facts;
  if (others.length > 0) ledger.dropped('answer.choices', 'meaning', 'one answer only');
  if (choice.logprobs !== undefined) ledger.dropped('answer.logprobs', 'minor');
  return {
    ...messageHead(facts),
    content: choice.content.flatMap((part) => encodePart(part, facts)),
    ...encodeEnd(choice),
    usage: encodeUsage(response.usage, facts.costUsd),
  };
}

/** What a message says of itself, whole or at the start of a stream. */
export function messageHead({ requestId, model, provider }: Pick<AnswerFacts, 'requestId' | 'model' | 'provider'>) {
  return {
    id: `msg_${requestId}`,
    type: 'message',
    role: 'assistant',
    model,
    provider,
    container: null,
    diagnostics: null,
  } as const satisfies JsonObject;
}

function encodeEnd({ content, finishReason, stopSequence }: ChatChoice): JsonObject {
  const hasToolCall = content.some((part) => part.type === 'tool-call');
  const hasRefusal = content.some((part) => part.type === 'refusal');
  const reason = encodeStopReason(finishReason, { hasToolCall, hasRefusal });
  return { stop_reason: reason, stop_sequence: stopSequence ?? null, stop_details: stopDetailsOf(reason) };
}

function encodePart(part: ContentPart, facts: Facts): JsonObject[] {
  switch (part.type) {
    case 'text':
      return part.text === '' ? [] : [{ ...textBlock(part.text), ...encodeCitations(part) }];
    case 'refusal':
      return part.text === '' ? [] : [textBlock(part.text)];
    case 'reasoning':
      return encodeThought(part, facts.origin);
    case 'tool-call':
      return encodeToolUse(part, facts);
    case 'media':
      facts.ledger.dropped(`answer.${part.modality}`, 'meaning');
      return [];
    case 'tool-result':
      facts.ledger.dropped('answer.tool_result', 'meaning');
      return [];
    case 'foreign':
      return encodeForeign(part, facts);
    default:
      return part satisfies never;
  }
}

/** Also the start of a text in a stream. */
export function textBlock(text: string): JsonObject {
  return { type: 'text', text };
}

/** A text without citations has no such member: some clients do not take null. */
function encodeCitations({ citations }: Extract<ContentPart, { type: 'text' }>): JsonObject {
  return citations === undefined ? {} : { citations: citations.map(encodeCitation) };
}

/** A thought without a seal gets one that only names its maker, so that it is known when the client sends it back. */
function encodeThought(part: Reasoning, origin: string): JsonObject[] {
  const { text, signature, redacted } = part;
  const sealed = wrapSeal(origin, signature ?? '');
  const isSaid = text !== '' || signature !== undefined;
  return [
    ...(isSaid ? [{ ...thinkingBlock(), thinking: text, signature: sealed }] : []),
    ...(redacted === undefined ? [] : [redactedBlock(origin, redacted)]),
  ];
}

/** Also the start of a thought in a stream. */
export function thinkingBlock(): JsonObject {
  return { type: 'thinking', thinking: '', signature: '' };
}

export function redactedBlock(origin: string, redacted: string): JsonObject {
  return { type: 'redacted_thinking', data: wrapSeal(origin, redacted) };
}

function encodeToolUse(part: ToolCallPart, { ledger, origin }: Facts): JsonObject[] {
  const { input, isExact } = toolInputOf(part.arguments);
  if (!isExact) ledger.approximated('answer.tool_calls', 'meaning', 'arguments that are no JSON object');
  const seal = part.signature === undefined ? [] : [encodeCallSeal(origin, part.signature)];
  return [...seal, { ...toolUseBlock(part.id, part.name), input }];
}

/** Also the start of a call in a stream. */
export function toolUseBlock(id: string, name: string): JsonObject {
  return { type: 'tool_use', id, name, input: {}, caller: { type: 'direct' } };
}

function encodeForeign({ protocol, value }: Foreign, { ledger }: Facts): JsonObject[] {
  const block = value as JsonObject;
  if (protocol === OWN_FORMAT) return [block];
  ledger.dropped('answer.content', 'meaning', `only ${protocol} has a word for it`);
  return [];
}
