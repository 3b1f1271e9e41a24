import type { Ability, RequestNeeds } from '../canonical/needs.ts';
import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';
import { withAnswerCount } from './answer-count.ts';
import { wrongField } from './openai-checks.ts';

/** Collects what a request needs while its messages are checked. */
export class NeedsTally {
  readonly #abilities = new Set<Ability>();
  #textLength = 0;

  addText(length: number): void {
    this.#textLength += length;
  }

  addAbility(ability: Ability): void {
    this.#abilities.add(ability);
  }

  /** `parameters` have passed `checkParameters`. */
  finish(parameters: JsonObject): RequestNeeds {
    this.#addTools(parameters['tools']);
    this.#addTools(parameters['functions']);
    if (asObject(parameters['response_format'])['type'] === 'json_schema') this.addAbility('json_schema');
    const limit = parameters['max_completion_tokens'] ?? parameters['max_tokens'];
    const maxOutputTokens = typeof limit === 'number' ? limit : undefined;
    const needs = { abilities: this.#abilities, textLength: this.#textLength, maxOutputTokens };
    return withAnswerCount(needs, parameters['n']);
  }

  #addTools(tools: JsonValue | undefined): void {
    if (!Array.isArray(tools) || tools.length === 0) return;
    this.addAbility('tools');
    this.addText(textLengthOf(tools, MAX_DEPTH));
  }
}

/** Deeper than any schema; what lies below is not counted. */
const MAX_DEPTH = 32;

/** Length of all texts and names within a value: what a schema adds to the prompt, roughly. */
function textLengthOf(value: JsonValue | undefined, depth: number): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null || depth === 0) return 0;
  let length = 0;
  for (const name in value) {
    length += textLengthOf((value as JsonObject)[name], depth - 1);
    if (!Array.isArray(value)) length += name.length;
  }
  return length;
}

const ROLES: ReadonlySet<unknown> = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function']);
const ROLE_WORDS = 'system, developer, user, assistant, tool or function';

/** An assistant that calls tools has nothing to say, and the older `function` role allows null. */
const MAY_LACK_CONTENT: ReadonlySet<unknown> = new Set(['assistant', 'function']);

const MEDIA: ReadonlyMap<string, Ability> = new Map([
  ['image_url', 'image'],
  ['input_audio', 'audio'],
  ['video_url', 'video'],
  ['file', 'document'],
]);

/**
 * Checks messages in OpenAI's words and counts what they need. Throws `request.invalid` naming the field. What a
 * provider may see differently is left to it.
 */
export function checkMessages(messages: JsonValue | undefined, tally: NeedsTally): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw wrongField('messages', 'a non-empty array of messages', messages);
  }
  for (let index = 0; index < messages.length; index += 1) checkMessage(messages[index], index, tally);
}

function checkMessage(message: JsonValue, index: number, tally: NeedsTally): void {
  if (!isJsonObject(message)) throw wrongField(`messages[${index}]`, 'an object', message);
  const { role, content, tool_calls: calls } = message;
  if (!ROLES.has(role)) throw wrongField(`messages[${index}].role`, ROLE_WORDS, role);
  if (calls !== undefined && calls !== null) checkToolCalls(calls, index, tally);
  if (typeof content === 'string') tally.addText(content.length);
  else if (Array.isArray(content)) checkParts(content, index, tally);
  else if ((content ?? null) !== null || !MAY_LACK_CONTENT.has(role)) {
    throw wrongField(`messages[${index}].content`, 'a string or an array of parts', content);
  }
}

function checkToolCalls(calls: JsonValue, index: number, tally: NeedsTally): void {
  if (!Array.isArray(calls) || !calls.every(isJsonObject)) {
    throw wrongField(`messages[${index}].tool_calls`, 'an array of objects', calls);
  }
  tally.addText(textLengthOf(calls, MAX_DEPTH));
}

function checkParts(parts: readonly JsonValue[], messageIndex: number, tally: NeedsTally): void {
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    const type = isJsonObject(part) ? part['type'] : undefined;
    if (typeof type !== 'string') {
      throw wrongField(`messages[${messageIndex}].content[${index}]`, 'an object with a type', part);
    }
    const ability = MEDIA.get(type);
    if (ability !== undefined) tally.addAbility(ability);
    else if (type === 'text') addPartText(asObject(part)['text'], messageIndex, index, tally);
  }
}

function addPartText(text: JsonValue | undefined, messageIndex: number, index: number, tally: NeedsTally): void {
  if (typeof text !== 'string') throw wrongField(`messages[${messageIndex}].content[${index}].text`, 'a string', text);
  tally.addText(text.length);
}
