import type { ContentPart, Message, ReasoningPart, ToolCallPart, ToolResultPart } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { asObject, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { extrasOf } from '../encode-extras.ts';
import type { RequestDraft } from '../encode-fields.ts';
import { encodeInputPart, encodeOutputPart, type InnerPart } from './encode-parts.ts';
import { CALL_TYPES, FORMAT } from './wire.ts';

/** The conversation as `instructions` and items of `input`. */
export function encodeMessages(messages: readonly Message[], draft: RequestDraft): void {
  const [first, ...others] = messages;
  const instructions = first === undefined ? undefined : instructionsOf(first);
  if (instructions !== undefined) draft.body['instructions'] = instructions;
  const rest = instructions === undefined ? messages : others;
  const encoder = new ItemEncoder(draft, customCallsOf(messages));
  for (const message of rest) encoder.encode(message);
  draft.body['input'] = withoutLooseThoughts(encoder.items, draft.ledger);
}

/** The text of a system message that has not stood among the items. */
function instructionsOf({ role, content, extras }: Message): string | undefined {
  const [only, ...others] = content;
  if (role !== 'system' || only?.type !== 'text' || others.length > 0 || extras?.[FORMAT] !== undefined)
    return undefined;
  return only.cache === undefined && only.text !== '' ? only.text : undefined;
}

function customCallsOf(messages: readonly Message[]): ReadonlySet<string> {
  const calls = messages.flatMap(({ content }) => content.filter((part) => part.type === 'tool-call'));
  return new Set(calls.flatMap((call) => (call.isCustom === true ? [call.id] : [])));
}

class ItemEncoder {
  readonly items: JsonObject[] = [];
  readonly #draft: RequestDraft;
  readonly #customCalls: ReadonlySet<string>;
  /** Parts of the message item that is put together. */
  #content: JsonValue[] = [];

  constructor(draft: RequestDraft, customCalls: ReadonlySet<string>) {
    this.#draft = draft;
    this.#customCalls = customCalls;
  }

  encode(message: Message): void {
    const { ledger } = this.#draft;
    if (message.name !== undefined) ledger.dropped('messages.name', 'minor');
    const { role: own, ...members } = extrasOf(message, FORMAT, ledger);
    const role = message.role === 'tool' ? 'user' : (own ?? message.role);
    for (const part of message.content) this.#encodePart(part, message.role, { role, ...members });
    this.#endMessage({ role, ...members });
  }

  #encodePart(part: ContentPart, role: Message['role'], members: JsonObject): void {
    const items = this.#itemsOf(part);
    if (items === undefined) {
      const inner = part as InnerPart;
      const isSaid = role === 'assistant';
      const parts = isSaid ? encodeOutputPart(inner, this.#draft.ledger) : encodeInputPart(inner, this.#draft);
      this.#content.push(...parts);
      return;
    }
    this.#endMessage(members);
    this.items.push(...items);
  }

  #endMessage(members: JsonObject): void {
    if (this.#content.length > 0) this.items.push({ type: 'message', content: this.#content, ...members });
    this.#content = [];
  }

  /** Undefined for a part that stands within a message. */
  #itemsOf(part: ContentPart): JsonObject[] | undefined {
    if (part.type === 'reasoning') return encodeThought(part, this.#draft);
    if (part.type === 'tool-call') return [encodeCall(part)];
    if (part.type === 'tool-result') return [this.#encodeResult(part)];
    return isForeignItem(part) ? [asObject(part.value)] : undefined;
  }

  #encodeResult(part: ToolResultPart): JsonObject {
    const { ledger } = this.#draft;
    const { callId, content, isError, isCustom, cache } = part;
    if (cache !== undefined) ledger.approximated('messages.cache_control', 'minor', 'the provider caches by itself');
    if (isError === true) ledger.approximated('messages.tool_result.is_error', 'minor', 'said by the text only');
    const type =
      isCustom === true || this.#customCalls.has(callId) ? 'custom_tool_call_output' : 'function_call_output';
    return { type, call_id: callId, output: encodeOutput(content, this.#draft) };
  }
}

/** Parts of messages have types that begin so; items have others. */
const PART_TYPE = /^(?:input|output)_/;

function isForeignItem(part: ContentPart): part is Extract<ContentPart, { readonly type: 'foreign' }> {
  if (part.type !== 'foreign' || part.protocol !== FORMAT) return false;
  return !PART_TYPE.test(asString(asObject(part.value)['type']) ?? 'input_');
}

function encodeCall({ id, name, arguments: words, isCustom, namespace }: ToolCallPart): JsonObject {
  const group = namespace === undefined ? {} : { namespace };
  if (isCustom === true) return { type: 'custom_tool_call', call_id: id, name, input: words, ...group };
  return { type: 'function_call', call_id: id, name, arguments: words, ...group };
}

/** A single text in its short form, which every service understands. */
function encodeOutput(content: readonly ContentPart[], draft: RequestDraft): JsonValue {
  const parts = content.flatMap((part) => {
    const isInner = part.type !== 'reasoning' && part.type !== 'tool-call' && part.type !== 'tool-result';
    return isInner ? encodeInputPart(part, draft) : [];
  });
  const [first, ...others] = parts.map(asObject);
  if (first === undefined) return '';
  return others.length === 0 && first['type'] === 'input_text' ? (first['text'] ?? '') : parts;
}

/** A thought goes back to its maker only: without its seal it is looked for under an id and not found. */
function encodeThought(part: ReasoningPart, { ledger, options }: RequestDraft): JsonObject[] {
  const seal = part.signature ?? part.redacted;
  if (seal === undefined || part.origin !== options.origin) {
    ledger.dropped('messages.reasoning', 'minor', 'only for the provider that made it');
    return [];
  }
  const summary = part.text === '' ? [] : [{ type: 'summary_text', text: part.text }];
  return [{ type: 'reasoning', summary, encrypted_content: seal }];
}

/** A thought has to stand right before what the assistant did next; one that leads to nothing is refused. */
function withoutLooseThoughts(items: readonly JsonObject[], ledger: LossLedger): JsonObject[] {
  const kept: JsonObject[] = [];
  for (const item of items.toReversed()) {
    const next = kept.at(-1);
    if (item['type'] !== 'reasoning' || (next !== undefined && isOfAssistant(next))) kept.push(item);
    else ledger.dropped('messages.reasoning', 'minor', 'a thought that leads to nothing');
  }
  return kept.reverse();
}

const IS_RESULT = /_output$|_response$/;

function isOfAssistant(item: JsonObject): boolean {
  const type = asString(item['type']) ?? '';
  if (type === 'message') return item['role'] === 'assistant';
  return CALL_TYPES.has(type) || type === 'reasoning' || !IS_RESULT.test(type);
}
