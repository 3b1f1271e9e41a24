import type { ChatRequest, ReasoningRequest, ResponseFormat } from '../../canonical/chat.ts';
import type { ToolSpec } from '../../canonical/content.ts';
import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { ROUTER_MEMBERS } from '../router-members.ts';
import { decodeMessages } from './decode-message.ts';
import { decodeOptions } from './options.ts';

/** What chat and generate requests say in the same words. */
export interface DecodedParameters {
  readonly fields: Omit<ChatRequest, 'messages' | 'stream' | 'extras'>;
  /** Members, as they came, that no field says. */
  readonly rest: JsonObject;
}

export function decodeRequest(body: JsonObject): ChatRequest {
  const { messages, stream, ...members } = body;
  const { fields, rest } = decodeParameters(members);
  return {
    ...fields,
    messages: decodeMessages(messages),
    stream: stream !== false,
    ...(Object.keys(rest).length === 0 ? {} : { extras: { 'ollama-chat': rest } }),
  };
}

/** https://docs.ollama.com/api/chat and https://docs.ollama.com/api/generate */
export function decodeParameters(members: JsonObject): DecodedParameters {
  const { options, tools, format, think, logprobs, top_logprobs: top, ...others } = members;
  const decoded = decodeOptions(options);
  const responseFormat = decodeFormat(format);
  const reasoning = decodeThink(think);
  const unknown = {
    ...(Object.keys(decoded.rest).length === 0 ? {} : { options: decoded.rest }),
    ...(responseFormat === undefined ? { format } : {}),
    ...(reasoning === undefined ? { think } : {}),
    ...others,
  };
  return {
    fields: {
      ...decoded.fields,
      ...(Array.isArray(tools) && tools.length > 0 ? { tools: tools.map((tool) => decodeTool(asObject(tool))) } : {}),
      ...(responseFormat === undefined ? {} : { responseFormat }),
      ...(reasoning === undefined ? {} : { reasoning }),
      ...(logprobs === true ? { logprobs: { top: typeof top === 'number' ? top : 0 } } : {}),
    },
    rest: withoutRouterMembers(unknown),
  };
}

/** Null and the empty text are Ollama's words for nothing. */
function withoutRouterMembers(members: JsonObject): JsonObject {
  const isSaid = ([name, value]: [string, JsonValue | undefined]): boolean =>
    !ROUTER_MEMBERS.has(name) && value !== undefined && value !== null && value !== '';
  return Object.fromEntries(Object.entries(members).filter(isSaid));
}

/** Ollama's schemas have no name, and other formats want one. */
const SCHEMA_NAME = 'response';

function decodeFormat(format: JsonValue | undefined): ResponseFormat | undefined {
  if (format === 'json') return { type: 'json' };
  return isJsonObject(format) ? { type: 'json-schema', name: SCHEMA_NAME, schema: format, strict: true } : undefined;
}

function decodeThink(think: JsonValue | undefined): ReasoningRequest | undefined {
  if (think === false) return { mode: 'off' };
  if (think === true) return { mode: 'on', isVisible: true };
  return typeof think === 'string' && think !== '' ? { effort: think, isVisible: true } : undefined;
}

function decodeTool(tool: JsonObject): ToolSpec {
  return decodeFunction(tool) ?? { kind: 'foreign', protocol: 'ollama-chat', value: tool };
}

function decodeFunction({ type, function: callee, ...more }: JsonObject): ToolSpec | undefined {
  const { name, description, parameters, ...rest } = asObject(callee);
  const isPlain = Object.keys(more).length === 0 && Object.keys(rest).length === 0;
  if (type !== 'function' || !isPlain || typeof name !== 'string') return undefined;
  if (parameters !== undefined && !isJsonObject(parameters)) return undefined;
  if (description !== undefined && typeof description !== 'string') return undefined;
  return {
    kind: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
  };
}
