import type { Ability, RequestNeeds } from '../../canonical/needs.ts';
import { asArray, asObject, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { optionalText, wrongField } from '../openai-checks.ts';
import type { RequestHead } from '../protocol.ts';

export function readHead(body: JsonObject): RequestHead {
  const head = readCommon(body);
  const { messages, tools } = body;
  if (!Array.isArray(messages) || messages.length === 0) {
    throw wrongField('messages', 'a non-empty array of messages', messages);
  }
  messages.forEach(checkMessage);
  optional(tools, 'tools', 'an array of objects', isObjectList);
  return { ...head, needs: needsOf(body, messages.map(asObject)) };
}

/** A completion: `prompt` is what the user says. */
export function readGenerateHead(body: JsonObject): RequestHead {
  const head = readCommon(body);
  const { prompt, system, images } = body;
  if (typeof prompt !== 'string' || prompt === '') throw wrongField('prompt', 'a non-empty string', prompt);
  for (const name of ['system', 'suffix', 'template']) optional(body[name], name, 'a string', isText);
  optional(body['raw'], 'raw', 'true or false', isFlag);
  checkImages(images, 'images');
  return { ...head, needs: needsOf(body, [{ content: prompt, images }, { content: system }]) };
}

const isText = (value: JsonValue): boolean => typeof value === 'string';
const isFlag = (value: JsonValue): boolean => typeof value === 'boolean';
const isNumber = (value: JsonValue): boolean => typeof value === 'number';
const isObjectList = (value: JsonValue): boolean => Array.isArray(value) && value.every(isJsonObject);
const isFlagOrText = (value: JsonValue): boolean => isFlag(value) || isText(value);
const isFormat = (value: JsonValue): boolean => isText(value) || isJsonObject(value);

/** What both kinds of requests have. Streams are what a client gets that says nothing. */
function readCommon(body: JsonObject): Pick<RequestHead, 'model' | 'stream'> {
  const model = optionalText(body['model'], 'model');
  const { stream, options } = body;
  optional(stream, 'stream', 'true or false', isFlag);
  optional(options, 'options', 'an object', isJsonObject);
  optional(body['format'], 'format', '"json" or a schema', isFormat);
  optional(body['think'], 'think', 'true or false or a level', isFlagOrText);
  optional(body['logprobs'], 'logprobs', 'true or false', isFlag);
  optional(body['top_logprobs'], 'top_logprobs', 'a number', isNumber);
  for (const name of NUMBERS) optional(asObject(options)[name], `options.${name}`, 'a number', isNumber);
  return { model, stream: stream !== false };
}

/** Options that no server takes otherwise. */
const NUMBERS = ['num_ctx', 'num_predict', 'temperature', 'top_p', 'top_k', 'seed'] as const;

function optional(
  value: JsonValue | undefined,
  param: string,
  words: string,
  accepts: (value: JsonValue) => boolean,
): void {
  if (value !== undefined && value !== null && !accepts(value)) throw wrongField(param, words, value);
}

function checkMessage(message: JsonValue, index: number): void {
  const at = `messages[${index}]`;
  if (!isJsonObject(message)) throw wrongField(at, 'an object', message);
  const { role, content, thinking, images, tool_calls: calls } = message;
  if (typeof role !== 'string' || role === '') throw wrongField(`${at}.role`, 'system, user, assistant or tool', role);
  optional(content, `${at}.content`, 'a string', isText);
  optional(thinking, `${at}.thinking`, 'a string', isText);
  optional(calls, `${at}.tool_calls`, 'an array of objects', isObjectList);
  checkImages(images, `${at}.images`);
}

function checkImages(images: JsonValue | undefined, param: string): void {
  const isImages = (value: JsonValue): boolean => Array.isArray(value) && value.every(isText);
  optional(images, param, 'an array of images in base64', isImages);
}

function needsOf(body: JsonObject, messages: readonly JsonObject[]): RequestNeeds {
  const abilities = new Set<Ability>();
  const tools = asArray(body['tools']);
  if (messages.some(({ images }) => asArray(images).length > 0)) abilities.add('image');
  if (tools.length > 0) abilities.add('tools');
  if (isJsonObject(body['format'])) abilities.add('json_schema');
  const texts = messages.flatMap(({ content, thinking, tool_calls: calls }) => [content, thinking, jsonOf(calls)]);
  const limit = asObject(body['options'])['num_predict'];
  return {
    abilities,
    textLength: [...texts, jsonOf(tools)].reduce<number>((sum, text) => sum + lengthOf(text), 0),
    maxOutputTokens: typeof limit === 'number' && limit >= 0 ? limit : undefined,
  };
}

function jsonOf(value: JsonValue | undefined): string {
  return asArray(value).length === 0 ? '' : JSON.stringify(value);
}

function lengthOf(text: JsonValue | undefined): number {
  return typeof text === 'string' ? text.length : 0;
}
