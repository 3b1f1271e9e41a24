import type { Ability } from '../../canonical/needs.ts';
import { asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { checkParameters, optionalFlag, optionalText, wrongField } from '../openai-checks.ts';
import { NeedsTally } from '../openai-needs.ts';
import type { RequestHead } from '../protocol.ts';
import { CALL_TYPES } from './wire.ts';

export function readHead(body: JsonObject): RequestHead {
  const model = optionalText(body['model'], 'model');
  const stream = optionalFlag(body['stream'], 'stream');
  const tally = new NeedsTally();
  checkMembers(body);
  checkParameters(body, '');
  tally.addText(asString(body['instructions'])?.length ?? 0);
  checkInput(body, tally);
  return { model, stream, needs: tally.finish(needsOf(body)) };
}

/** The tally reads what it needs in the words of OpenAI's older format. */
function needsOf({ tools, text, max_output_tokens: limit }: JsonObject): JsonObject {
  return { tools, response_format: { type: asObject(asObject(text)['format'])['type'] }, max_tokens: limit };
}

interface Expectation {
  readonly words: string;
  readonly accepts: (value: JsonValue) => boolean;
}

const OBJECT: Expectation = { words: 'an object', accepts: isJsonObject };

/** Types that nobody accepts otherwise, beside those of `checkParameters`. */
const EXPECTED: ReadonlyMap<string, Expectation> = new Map([
  ['instructions', { words: 'a string', accepts: (value: JsonValue) => typeof value === 'string' }],
  ['max_output_tokens', { words: 'a whole number', accepts: (value: JsonValue) => Number.isInteger(value) }],
  ['top_logprobs', { words: 'a whole number', accepts: (value: JsonValue) => Number.isInteger(value) }],
  ['include', { words: 'an array of strings', accepts: isTextList }],
  ['text', OBJECT],
  ['reasoning', OBJECT],
]);

function isTextList(value: JsonValue): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function checkMembers(body: JsonObject): void {
  for (const [name, { words, accepts }] of EXPECTED) {
    const value = body[name];
    if (value !== undefined && value !== null && !accepts(value)) throw wrongField(name, words, value);
  }
}

/** What a provider holds may stand in the place of an input. */
function hasStoredInput(body: JsonObject): boolean {
  const { previous_response_id: previous, conversation, prompt } = body;
  return typeof previous === 'string' || (conversation ?? null) !== null || isJsonObject(prompt);
}

function checkInput(body: JsonObject, tally: NeedsTally): void {
  const { input } = body;
  if (typeof input === 'string') {
    tally.addText(input.length);
    return;
  }
  if ((input ?? null) === null && hasStoredInput(body)) return;
  if (!Array.isArray(input) || input.length === 0) {
    throw wrongField('input', 'a string or a non-empty array of items', input);
  }
  for (let index = 0; index < input.length; index += 1) checkItem(input[index], `input[${index}]`, tally);
}

const ROLES: ReadonlySet<unknown> = new Set(['user', 'assistant', 'system', 'developer']);

/** Items of kinds that are not known here are left to the provider. */
function checkItem(item: JsonValue, path: string, tally: NeedsTally): void {
  if (!isJsonObject(item)) throw wrongField(path, 'an object', item);
  const type = item['type'] ?? 'message';
  if (typeof type !== 'string') throw wrongField(`${path}.type`, 'a string', type);
  if (type === 'message') checkMessage(item, path, tally);
  else if (CALL_TYPES.has(type)) checkCall(item, path, tally);
  else if (type === 'function_call_output' || type === 'custom_tool_call_output') checkResult(item, path, tally);
}

function checkMessage(item: JsonObject, path: string, tally: NeedsTally): void {
  const { role, content } = item;
  if (!ROLES.has(role)) throw wrongField(`${path}.role`, 'user, assistant, system or developer', role);
  checkContent(content, `${path}.content`, tally);
}

function checkCall(item: JsonObject, path: string, tally: NeedsTally): void {
  const words = item['type'] === 'custom_tool_call' ? 'input' : 'arguments';
  for (const name of ['call_id', 'name', words]) {
    const value = item[name];
    if (typeof value !== 'string') throw wrongField(`${path}.${name}`, 'a string', value);
  }
  tally.addText(asString(item[words])?.length ?? 0);
}

function checkResult(item: JsonObject, path: string, tally: NeedsTally): void {
  const { call_id: callId, output } = item;
  if (typeof callId !== 'string') throw wrongField(`${path}.call_id`, 'a string', callId);
  checkContent(output, `${path}.output`, tally);
}

const MEDIA: ReadonlyMap<string, Ability> = new Map([
  ['input_image', 'image'],
  ['input_audio', 'audio'],
  ['input_file', 'document'],
]);

function checkContent(content: JsonValue | undefined, path: string, tally: NeedsTally): void {
  if (typeof content === 'string') {
    tally.addText(content.length);
    return;
  }
  if (!Array.isArray(content)) throw wrongField(path, 'a string or an array of parts', content);
  for (let index = 0; index < content.length; index += 1) checkPart(content[index], `${path}[${index}]`, tally);
}

function checkPart(part: JsonValue, path: string, tally: NeedsTally): void {
  const { type, text } = asObject(part);
  if (typeof type !== 'string') throw wrongField(path, 'an object with a type', part);
  const ability = MEDIA.get(type);
  if (ability !== undefined) tally.addAbility(ability);
  if (type !== 'input_text' && type !== 'output_text') return;
  if (typeof text !== 'string') throw wrongField(`${path}.text`, 'a string', text);
  tally.addText(text.length);
}
