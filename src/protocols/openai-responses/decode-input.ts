import type { ContentPart, Message, ReasoningPart, ToolCallPart, ToolResultPart } from '../../canonical/content.ts';
import { asArray, asObject, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { decodeParts } from './decode-parts.ts';
import { decodeSeal } from './seals.ts';
import { ADDITIONAL_TOOLS, CALL_TYPES, FORMAT, textOfReasoning } from './wire.ts';

/**
 * The conversation of a request that has passed `readHead`. Items of the assistant that follow each other (thoughts,
 * words, calls) become one message, because in other formats they are one.
 */
export function decodeInput({ instructions, input }: JsonObject): Message[] {
  const reader = new InputReader();
  if (typeof instructions === 'string' && instructions !== '') reader.readInstructions(instructions);
  if (typeof input === 'string') reader.readItem({ role: 'user', content: input });
  for (const item of asArray(input)) reader.readItem(asObject(item));
  return reader.finish();
}

/** Items of the assistant that belong together. */
interface OpenTurn {
  readonly content: ContentPart[];
  extras: JsonObject;
  hasMessage: boolean;
  hasCall: boolean;
}

/** Members of a message item that are carried, or mean nothing outside of the vendor that made the item. */
const KNOWN_MEMBERS: ReadonlySet<string> = new Set(['type', 'role', 'content', 'id', 'status']);

class InputReader {
  readonly #messages: Message[] = [];
  #turn: OpenTurn | undefined;
  /** Seal of the thought behind the next call. */
  #callSeal: Pick<ToolCallPart, 'signature' | 'origin'> = {};

  readInstructions(text: string): void {
    this.#messages.push({ role: 'system', content: [{ type: 'text', text }] });
  }

  readItem(item: JsonObject): void {
    const type = item['type'] ?? 'message';
    if (type === 'message') this.#readMessage(item);
    else if (type === 'reasoning') this.#readReasoning(item);
    else if (CALL_TYPES.has(type)) this.#readCall(item);
    else if (type === 'function_call_output') this.#readResult(item, false);
    else if (type === 'custom_tool_call_output') this.#readResult(item, true);
    // Its tools are offered with those of the request.
    else if (type === ADDITIONAL_TOOLS) return;
    else this.#openTurn().content.push({ type: 'foreign', protocol: FORMAT, value: item });
  }

  finish(): Message[] {
    this.#closeTurn();
    return this.#messages;
  }

  #readMessage(item: JsonObject): void {
    const content = decodeParts(item['content']);
    const members = Object.entries(item).filter(([name, value]) => !KNOWN_MEMBERS.has(name) && value !== null);
    if (item['role'] === 'assistant') {
      this.#readWords(content, Object.fromEntries(members));
      return;
    }
    this.#closeTurn();
    const role = item['role'] === 'user' ? 'user' : 'system';
    // What stands among the items has to go back there, and not to the instructions.
    if (role === 'system') members.push(['role', item['role']]);
    this.#messages.push({ role, content, ...extrasOf(Object.fromEntries(members)) });
  }

  #readWords(content: readonly ContentPart[], extras: JsonObject): void {
    if (this.#isSaid()) this.#closeTurn();
    const turn = this.#openTurn();
    turn.content.push(...content);
    turn.extras = { ...turn.extras, ...extras };
    turn.hasMessage = true;
  }

  #readReasoning(item: JsonObject): void {
    const text = textOfReasoning(item);
    const encrypted = asString(item['encrypted_content']) ?? '';
    const { kind, seal, origin } = decodeSeal(encrypted, text !== '');
    const madeBy = origin === undefined ? {} : { origin };
    if (kind === 'call') {
      this.#callSeal = { signature: seal, ...madeBy };
      return;
    }
    if (text === '' && seal === '') return;
    if (this.#isSaid()) this.#closeTurn();
    const sealed: Partial<ReasoningPart> = seal === '' ? {} : { [kind]: seal };
    this.#openTurn().content.push({ type: 'reasoning', text, ...sealed, ...madeBy });
  }

  #readCall(item: JsonObject): void {
    const isCustom = item['type'] === 'custom_tool_call';
    const namespace = asString(item['namespace']);
    const turn = this.#openTurn();
    turn.hasCall = true;
    turn.content.push({
      type: 'tool-call',
      id: asString(item['call_id']) ?? '',
      name: asString(item['name']) ?? '',
      arguments: asString(item[isCustom ? 'input' : 'arguments']) ?? '',
      ...(isCustom ? { isCustom } : {}),
      ...(namespace === undefined ? {} : { namespace }),
      ...this.#callSeal,
    });
    this.#callSeal = {};
  }

  #readResult(item: JsonObject, isCustom: boolean): void {
    this.#closeTurn();
    const callId = asString(item['call_id']) ?? '';
    const content = decodeParts(item['output']);
    const result: ToolResultPart = { type: 'tool-result', callId, content, ...(isCustom ? { isCustom } : {}) };
    this.#messages.push({ role: 'tool', content: [result] });
  }

  /** The assistant has had its say and called nothing: what comes next is its next turn. */
  #isSaid(): boolean {
    return this.#turn?.hasMessage === true && !this.#turn.hasCall;
  }

  #openTurn(): OpenTurn {
    this.#turn ??= { content: [], extras: {}, hasMessage: false, hasCall: false };
    return this.#turn;
  }

  #closeTurn(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    if (turn !== undefined) this.#messages.push({ role: 'assistant', content: turn.content, ...extrasOf(turn.extras) });
  }
}

function extrasOf(members: Readonly<Record<string, JsonValue | undefined>>): Pick<Message, 'extras'> {
  return Object.keys(members).length === 0 ? {} : { extras: { [FORMAT]: members } };
}
