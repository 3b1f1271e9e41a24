import type { Ability, RequestNeeds } from '../../canonical/needs.ts';
import { asArray, asObject, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { optionalFlag, optionalText, wrongField } from '../openai-checks.ts';
import type { RequestHead } from '../protocol.ts';
import { checkMembers } from './checks.ts';

/** `max_tokens` is not insisted on, though the vendor does: not every provider behind the router needs it. */
export function readHead(body: JsonObject): RequestHead {
  const model = optionalText(body['model'], 'model');
  const stream = optionalFlag(body['stream'], 'stream');
  checkMembers(body);
  const tally: Tally = { abilities: new Set(), textLength: 0 };
  checkContent(body['system'], 'system', tally, true);
  checkMessages(body['messages'], tally);
  tallyTools(body, tally);
  return { model, stream, needs: needsOf(body, tally) };
}

interface Tally {
  readonly abilities: Set<Ability>;
  textLength: number;
}

function needsOf(body: JsonObject, { abilities, textLength }: Tally): RequestNeeds {
  const limit = body['max_tokens'];
  return { abilities, textLength, maxOutputTokens: typeof limit === 'number' ? limit : undefined };
}

function tallyTools(body: JsonObject, tally: Tally): void {
  const tools = asArray(body['tools']);
  if (tools.length > 0) tally.abilities.add('tools');
  if (tools.length > 0) tally.textLength += JSON.stringify(tools).length;
  const format = asObject(body['output_config'])['format'] ?? body['output_format'];
  if (asObject(format)['type'] === 'json_schema') tally.abilities.add('json_schema');
}

const ROLES: ReadonlySet<unknown> = new Set(['user', 'assistant', 'system']);

function checkMessages(messages: JsonValue | undefined, tally: Tally): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw wrongField('messages', 'a non-empty array of messages', messages);
  }
  for (const [index, message] of messages.entries()) checkMessage(message, `messages[${index}]`, tally);
}

/** A system message may be about tools or effort only; it has no content then. */
function checkMessage(message: JsonValue, path: string, tally: Tally): void {
  if (!isJsonObject(message)) throw wrongField(path, 'an object', message);
  const { role, content } = message;
  if (!ROLES.has(role)) throw wrongField(`${path}.role`, 'user, assistant or system', role);
  checkContent(content, `${path}.content`, tally, role === 'system');
}

function checkContent(content: JsonValue | undefined, path: string, tally: Tally, isOptional: boolean): void {
  if (typeof content === 'string') tally.textLength += content.length;
  else if (Array.isArray(content)) checkBlocks(content, path, tally);
  else if (!isOptional || (content ?? null) !== null) {
    throw wrongField(path, 'a string or an array of content blocks', content);
  }
}

/** Members that a block certainly needs, all of them texts. */
const NEEDED: ReadonlyMap<string, readonly string[]> = new Map([
  ['text', ['text']],
  ['thinking', ['thinking']],
  ['redacted_thinking', ['data']],
  ['tool_use', ['id', 'name']],
  ['tool_result', ['tool_use_id']],
]);

const ABILITY: ReadonlyMap<string, Ability> = new Map([
  ['image', 'image'],
  ['document', 'document'],
]);

function checkBlocks(blocks: readonly JsonValue[], path: string, tally: Tally): void {
  for (const [index, value] of blocks.entries()) {
    const block = asObject(value);
    const { type } = block;
    if (typeof type !== 'string') throw wrongField(`${path}[${index}]`, 'an object with a type', value);
    checkTexts(block, NEEDED.get(type) ?? [], `${path}[${index}]`);
    tallyBlock(block, type, tally);
    if (type === 'tool_result') checkContent(block['content'], `${path}[${index}].content`, tally, true);
  }
}

function checkTexts(block: JsonObject, names: readonly string[], path: string): void {
  for (const name of names) {
    if (typeof block[name] !== 'string') throw wrongField(`${path}.${name}`, 'a string', block[name]);
  }
}

function tallyBlock({ text, thinking, input }: JsonObject, type: string, tally: Tally): void {
  const ability = ABILITY.get(type);
  if (ability !== undefined) tally.abilities.add(ability);
  if (typeof text === 'string') tally.textLength += text.length;
  if (typeof thinking === 'string') tally.textLength += thinking.length;
  if (input !== undefined) tally.textLength += JSON.stringify(input).length;
}
