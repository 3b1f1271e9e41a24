import type { ChatStreamEvent } from '../../canonical/chat.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject } from '../../lib/json.ts';
import type { SseFrame } from '../../lib/sse.ts';
import { decodeLogprobs } from '../openai-logprobs.ts';
import type { StreamDecoder } from '../protocol.ts';
import { BlockWriter } from './blocks.ts';
import { decodeCitations } from './decode-parts.ts';
import { decodeCall, decodePicture, sealOf } from './decode-response.ts';
import { END_EVENTS, emptyStream, readEvent, truncatedStream, type WireEvent } from './read-event.ts';
import { decodeUsage } from './usage.ts';
import { CALL_TYPES, finishReasonOf, PART_SEPARATOR, textOfReasoning } from './wire.ts';

type TextType = 'text' | 'refusal' | 'reasoning';

interface TextEvent {
  readonly type: TextType;
  /** Members that hold the new words and, at the end, all of them. */
  readonly member: string;
  readonly isWhole: boolean;
}

const TEXT_EVENTS: ReadonlyMap<string, TextEvent> = new Map([
  ['response.output_text.delta', { type: 'text', member: 'delta', isWhole: false }],
  ['response.output_text.done', { type: 'text', member: 'text', isWhole: true }],
  ['response.refusal.delta', { type: 'refusal', member: 'delta', isWhole: false }],
  ['response.refusal.done', { type: 'refusal', member: 'refusal', isWhole: true }],
  ['response.reasoning_summary_text.delta', { type: 'reasoning', member: 'delta', isWhole: false }],
  ['response.reasoning_summary_text.done', { type: 'reasoning', member: 'text', isWhole: true }],
  ['response.reasoning_text.delta', { type: 'reasoning', member: 'delta', isWhole: false }],
  ['response.reasoning_text.done', { type: 'reasoning', member: 'text', isWhole: true }],
]);

/** Members that hold the words of a call, new ones and all of them. */
const CALL_EVENTS: ReadonlyMap<string, { readonly member: string; readonly isWhole: boolean }> = new Map([
  ['response.function_call_arguments.delta', { member: 'delta', isWhole: false }],
  ['response.function_call_arguments.done', { member: 'arguments', isWhole: true }],
  ['response.custom_tool_call_input.delta', { member: 'delta', isWhole: false }],
  ['response.custom_tool_call_input.done', { member: 'input', isWhole: true }],
]);

/**
 * https://platform.openai.com/docs/api-reference/responses-streaming. Words that come whole at the end of a part or an
 * item only count where they have not come piece by piece before.
 */
export class OpenAiResponsesStreamDecoder implements StreamDecoder {
  readonly #writer = new BlockWriter();
  /** Parts and items of which something has been said already. */
  readonly #said = new Set<string>();
  /** How many citations of a part have come. */
  readonly #cited = new Map<string, number>();
  /** The part of each thought that was spoken last. */
  readonly #lastPart = new Map<string, string>();
  #hasCall = false;
  #hasRefusal = false;
  #hasStarted = false;
  #isOver = false;

  push(frame: SseFrame): readonly ChatStreamEvent[] {
    if (this.#isOver) return [];
    const event = readEvent(frame);
    if (event === undefined) return [];
    this.#read(event);
    return this.#writer.take();
  }

  end(): readonly ChatStreamEvent[] {
    if (this.#isOver) return [];
    throw this.#hasStarted ? truncatedStream() : emptyStream();
  }

  #read({ type, data }: WireEvent): void {
    if (isJsonObject(data['response'])) this.#start(data['response']);
    const text = TEXT_EVENTS.get(type);
    const call = CALL_EVENTS.get(type);
    if (text !== undefined) this.#readText(data, text);
    else if (call !== undefined) this.#readCallWords(keyOf(data), asString(data[call.member]) ?? '', call.isWhole);
    else if (type === 'response.output_text.annotation.added')
      this.#cite(partKeyOf(data), [asObject(data['annotation'])]);
    else if (type === 'response.output_item.added') this.#startItem(keyOf(data), asObject(data['item']));
    else if (type === 'response.output_item.done') this.#endItem(keyOf(data), asObject(data['item']));
    else if (END_EVENTS.has(type)) this.#finish(asObject(data['response']));
  }

  #start(response: JsonObject): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    const id = asString(response['id']) ?? '';
    this.#writer.add({ type: 'response-start', id, model: asString(response['model']) ?? '' });
  }

  #readText(data: JsonObject, { type, member, isWhole }: TextEvent): void {
    const key = partKeyOf(data);
    if (isWhole && this.#said.has(key)) return;
    const logprobs = decodeLogprobs({ content: data['logprobs'] ?? [] });
    this.#write(type, key, asString(data[member]) ?? '', logprobs);
  }

  #write(type: TextType, key: string, text: string, logprobs?: ReturnType<typeof decodeLogprobs>): void {
    if (text === '') return;
    this.#start({});
    const item = itemOf(key);
    this.#said.add(key);
    this.#hasRefusal ||= type === 'refusal';
    if (type !== 'reasoning') {
      this.#writer.write(type, key, text, logprobs);
      return;
    }
    const last = this.#lastPart.get(item) ?? key;
    this.#lastPart.set(item, key);
    this.#writer.write(type, item, last === key ? text : `${PART_SEPARATOR}${text}`);
  }

  #cite(key: string, annotations: readonly JsonObject[]): void {
    for (const citation of decodeCitations(annotations)) this.#writer.cite(key, citation);
    this.#cited.set(key, (this.#cited.get(key) ?? 0) + annotations.length);
  }

  #startItem(key: string, item: JsonObject): void {
    if (!CALL_TYPES.has(item['type'])) return;
    this.#start({});
    this.#hasCall = true;
    this.#writer.startCall(key, decodeCall(item));
  }

  #readCallWords(key: string, words: string, isWhole: boolean): void {
    if (words === '' || (isWhole && this.#said.has(key))) return;
    this.#said.add(key);
    this.#writer.writeCall(key, words);
  }

  #endItem(key: string, item: JsonObject): void {
    const { type } = item;
    if (type === 'message') this.#endMessage(key, item);
    else if (type === 'reasoning') this.#endThought(key, item);
    else if (CALL_TYPES.has(type)) this.#endCall(key, item);
    else if (type === 'image_generation_call') this.#readPicture(item);
  }

  #endMessage(item: string, message: JsonObject): void {
    for (const [index, value] of asArray(message['content']).entries()) {
      const part = asObject(value);
      const key = `${item}/${index}`;
      const isRefusal = part['type'] === 'refusal';
      const words = asString(part[isRefusal ? 'refusal' : 'text']) ?? '';
      if (!this.#said.has(key)) this.#write(isRefusal ? 'refusal' : 'text', key, words);
      this.#cite(
        key,
        asArray(part['annotations'])
          .map(asObject)
          .slice(this.#cited.get(key) ?? 0),
      );
    }
    this.#writer.closeText();
  }

  #endThought(key: string, item: JsonObject): void {
    if (!this.#lastPart.has(key)) this.#write('reasoning', `${key}/whole`, textOfReasoning(item));
    const hasText = this.#lastPart.has(key);
    const seal = sealOf(item, hasText);
    if (!hasText && seal.redacted === undefined) return;
    this.#start({});
    this.#writer.endReasoning(key, seal);
  }

  #endCall(key: string, item: JsonObject): void {
    this.#startItem(key, item);
    this.#readCallWords(key, decodeCall(item).arguments, true);
    this.#writer.endCall(key);
    // Some services give every item the same number.
    this.#said.delete(key);
  }

  #readPicture(item: JsonObject): void {
    const picture = decodePicture(item);
    if (picture === undefined) return;
    this.#start({});
    this.#writer.media(picture);
  }

  /** Services that stream nothing but the end have the whole answer in it. */
  #finish(response: JsonObject): void {
    this.#start(response);
    if (this.#writer.blocks === 0) {
      for (const [index, item] of asArray(response['output']).entries()) this.#endItem(String(index), asObject(item));
    }
    this.#writer.closeAll();
    const finishReason = finishReasonOf(response, { hasCall: this.#hasCall, hasRefusal: this.#hasRefusal });
    this.#writer.add({ type: 'choice-end', choice: 0, finishReason });
    this.#writer.add({ type: 'response-end', usage: decodeUsage(response['usage']) });
    this.#isOver = true;
  }
}

/** Which item an event belongs to. */
function keyOf({ output_index: index, item_id: id }: JsonObject): string {
  return typeof index === 'number' ? String(index) : (asString(id) ?? '0');
}

/** Which part of an item: summaries are numbered apart from the content. */
function partKeyOf(data: JsonObject): string {
  const { summary_index: summary, content_index: content } = data;
  return typeof summary === 'number' ? `${keyOf(data)}/summary-${summary}` : `${keyOf(data)}/${Number(content ?? 0)}`;
}

function itemOf(partKey: string): string {
  return partKey.slice(0, partKey.lastIndexOf('/'));
}
