import type { ChatRequest } from '../../canonical/chat.ts';
import type { Message } from '../../canonical/content.ts';
import { RouterError } from '../../errors/router-error.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { ROUTER_MEMBERS } from '../router-members.ts';
import { openSeal } from '../seal.ts';
import { attachCallSeals } from './call-seal.ts';
import { decodeContent } from './decode-blocks.ts';
import { decodeReasoning } from './decode-reasoning.ts';
import { decodeResponseFormat, decodeToolChoice, decodeTools } from './decode-tools.ts';
import { Leftovers } from './leftovers.ts';
import { OWN_FORMAT } from './wire.ts';

/** Members with a canonical word. Every other one is kept as it is. */
const KNOWN_MEMBERS: ReadonlySet<string> = new Set([
  'max_tokens',
  'messages',
  'metadata',
  'output_config',
  'output_format',
  'stop_sequences',
  'stream',
  'system',
  'temperature',
  'thinking',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
]);

/** Throws `record.unknown` for a request that goes on with a conversation of which the provider has the rest. */
export function decodeRequest(body: JsonObject): ChatRequest {
  refuseThread(body['thread']);
  const leftovers = new Leftovers();
  const { metadata, output_config: outputConfig } = body;
  const decoded = {
    messages: [...decodeSystem(body['system']), ...asArray(body['messages']).map(decodeMessage)],
    ...decodeTools(body['tools'], leftovers),
    ...decodeToolChoice(body['tool_choice'], leftovers),
    ...decodeNumbers(body),
    ...decodeStop(body['stop_sequences']),
    ...decodeResponseFormat(outputConfig, body['output_format']),
    ...decodeReasoning(body['thinking'], outputConfig, leftovers),
    ...decodeUser(metadata),
    stream: body['stream'] === true,
  };
  keepMembers(body, leftovers);
  const extras = leftovers.members;
  return extras === undefined ? decoded : { ...decoded, extras: { [OWN_FORMAT]: extras } };
}

/**
 * A thread is kept by the vendor alone. Its first request is complete; the others hold the new messages only, and are
 * answered so that the client's library sends everything again.
 * https://platform.claude.com/docs/en/build-with-claude/message-threads
 */
function refuseThread(thread: JsonValue | undefined): void {
  if (asObject(thread)['type'] !== 'continue') return;
  throw new RouterError('record.unknown', {
    param: 'thread.previous_message_id',
    publicMessage: 'thread.previous_message_id: the conversation is not kept here, send all of its messages',
    hints: { details: { error_code: 'thread_not_found' } },
  });
}

/** What of the known objects has no word, and all members that are not known at all. */
function keepMembers(body: JsonObject, leftovers: Leftovers): void {
  const { user_id: _user, ...metadata } = asObject(body['metadata']);
  const { effort: _effort, format, ...outputConfig } = asObject(body['output_config']);
  const isKnownFormat = asObject(format)['type'] === 'json_schema';
  leftovers.keep('metadata', metadata);
  leftovers.keep('output_config', isKnownFormat ? outputConfig : { ...outputConfig, format });
  const others = Object.entries(body).filter(([name]) => !KNOWN_MEMBERS.has(name) && !ROUTER_MEMBERS.has(name));
  leftovers.keep('', Object.fromEntries(others));
}

function decodeSystem(system: JsonValue | undefined): Message[] {
  if (system === undefined || system === null) return [];
  return [decodeMessage({ role: 'system', content: system })];
}

/** Claude Code puts system messages between the others too; they stay where they are. */
function decodeMessage(value: JsonValue): Message {
  const { role, content, ...rest } = asObject(value);
  const leftovers = new Leftovers();
  const parts = attachCallSeals(decodeContent(content, { openSeal, leftovers }));
  leftovers.keep('', rest);
  const extras = leftovers.members;
  return {
    role: role === 'assistant' || role === 'system' ? role : 'user',
    content: parts,
    ...(extras === undefined ? {} : { extras: { [OWN_FORMAT]: extras } }),
  };
}

const NUMBERS = [
  ['max_tokens', 'maxOutputTokens'],
  ['temperature', 'temperature'],
  ['top_p', 'topP'],
  ['top_k', 'topK'],
] as const;

function decodeNumbers(body: JsonObject): Partial<Record<(typeof NUMBERS)[number][1], number>> {
  const said = NUMBERS.flatMap(([name, field]) => {
    const value = body[name];
    return typeof value === 'number' ? [[field, value] as const] : [];
  });
  return Object.fromEntries(said);
}

function decodeStop(value: JsonValue | undefined): Pick<ChatRequest, 'stop'> {
  const stop = asArray(value).filter((item) => typeof item === 'string');
  return stop.length === 0 ? {} : { stop };
}

function decodeUser(metadata: JsonValue | undefined): Pick<ChatRequest, 'user'> {
  const user = isJsonObject(metadata) ? asString(metadata['user_id']) : undefined;
  return user === undefined ? {} : { user };
}
