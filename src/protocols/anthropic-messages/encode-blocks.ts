import type { CacheMark, ContentPart, Message, ToolCallPart, ToolResultPart } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { encodeMedia } from './encode-media.ts';
import { OWN_FORMAT, toolInputOf } from './wire.ts';

export interface BlockScope {
  readonly role: Message['role'];
  /** Thoughts of this origin go back sealed. */
  readonly origin: string;
  readonly ledger: LossLedger;
}

type Reasoning = Extract<ContentPart, { readonly type: 'reasoning' }>;
type Foreign = Extract<ContentPart, { readonly type: 'foreign' }>;

/** The block of a part; undefined, and noted where something is lost, for a part that makes none. */
function encodeBlock(part: ContentPart, scope: BlockScope): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      if (part.citations !== undefined) scope.ledger.dropped('messages.citations', 'minor');
      return isBlank(part.text) ? undefined : { type: 'text', text: part.text, ...encodeCacheMark(part.cache) };
    case 'refusal':
      scope.ledger.approximated('messages.refusal', 'minor', 'sent as text');
      return isBlank(part.text) ? undefined : { type: 'text', text: part.text };
    case 'media':
      return encodeMediaOf(part, scope);
    case 'reasoning':
      return encodeThought(part, scope);
    case 'tool-call':
      return encodeToolUse(part, scope);
    case 'tool-result':
      return encodeToolResult(part, scope);
    case 'foreign':
      return encodeForeign(part, scope);
    default:
      return part satisfies never;
  }
}

/** The vendor refuses texts without anything to see. */
function isBlank(text: string): boolean {
  return text.trim() === '';
}

export function encodeCacheMark(cache: CacheMark | undefined): JsonObject {
  if (cache === undefined) return {};
  return { cache_control: { type: 'ephemeral', ...(cache.ttl === undefined ? {} : { ttl: cache.ttl }) } };
}

/** Only the user shows things: the vendor refuses pictures and documents in other turns. */
function encodeMediaOf(part: Extract<ContentPart, { type: 'media' }>, scope: BlockScope): JsonObject | undefined {
  if (scope.role === 'assistant' || scope.role === 'system') {
    scope.ledger.dropped(`messages.${part.modality}`, 'meaning', `not in a ${scope.role} message`);
    return undefined;
  }
  const block = encodeMedia(part, scope.ledger);
  return block === undefined ? undefined : { ...block, ...encodeCacheMark(part.cache) };
}

/** The vendor takes thoughts only with the seal that it gave them itself. */
function encodeThought(part: Reasoning, { origin, ledger }: BlockScope): JsonObject | undefined {
  const isSealed = part.signature !== undefined || part.redacted !== undefined;
  if (part.origin !== origin || !isSealed) {
    ledger.dropped('messages.reasoning', 'minor', 'thoughts go back only to the provider that sealed them');
    return undefined;
  }
  if (part.redacted !== undefined) return { type: 'redacted_thinking', data: part.redacted };
  return { type: 'thinking', thinking: part.text, signature: part.signature };
}

function encodeToolUse(part: ToolCallPart, { ledger }: BlockScope): JsonObject {
  const { input, isExact } = toolInputOf(part.arguments);
  if (!isExact) ledger.approximated('messages.tool_calls', 'meaning', 'arguments that are no JSON object');
  if (part.signature !== undefined) ledger.dropped('messages.tool_calls.signature', 'minor');
  return { type: 'tool_use', id: part.id, name: part.name, input, ...encodeCacheMark(part.cache) };
}

function encodeToolResult(part: ToolResultPart, scope: BlockScope): JsonObject {
  const content = encodeBlocks(part.content, { ...scope, role: 'tool' });
  return {
    type: 'tool_result',
    tool_use_id: part.callId,
    ...(content.length === 0 ? {} : { content: shortForm(content) }),
    ...(part.isError === true ? { is_error: true } : {}),
    ...encodeCacheMark(part.cache),
  };
}

export function encodeBlocks(parts: readonly ContentPart[], scope: BlockScope): JsonObject[] {
  return parts.map((part) => encodeBlock(part, scope)).filter((block) => block !== undefined);
}

/** A single text without anything else in it is understood by everybody as a plain string. */
export function shortForm(blocks: readonly JsonObject[]): JsonValue {
  const [first] = blocks;
  const isPlain = blocks.length === 1 && first?.['type'] === 'text' && first['cache_control'] === undefined;
  return isPlain ? (first['text'] ?? '') : blocks;
}

function encodeForeign({ protocol, value }: Foreign, { ledger }: BlockScope): JsonObject | undefined {
  if (protocol === OWN_FORMAT && isJsonObject(value)) return value;
  const type = isJsonObject(value) && typeof value['type'] === 'string' ? value['type'] : 'content';
  ledger.dropped(`messages.${type}`, 'meaning');
  return undefined;
}
