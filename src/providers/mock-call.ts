import { sha256Hex } from '../lib/digest.ts';
import { asArray, asObject, asString, type JsonObject, parseJson } from '../lib/json.ts';
import type { TransportRequest } from './transport.ts';

/** What the mock reads of a chat request. */
export interface MockCall {
  /** Upstream model name; chooses the script. */
  readonly model: string;
  readonly isStream: boolean;
  readonly includesUsage: boolean;
  /** Text of the last user message. */
  readonly question: string;
  /** Text of the last message when that is a tool's result. */
  readonly toolResult: string | undefined;
  /** The function to call: the one that `tool_choice` names, else the first. */
  readonly tool: JsonObject | undefined;
  /** Schema of `response_format`, when one is given. */
  readonly answerSchema: JsonObject | undefined;
  readonly maxTokens: number;
  readonly promptTokens: number;
  /** The same for the same request. */
  readonly id: string;
  /** Unix time in seconds. */
  readonly createdAt: number;
}

/** Reads an openai-chat request; undefined when the body is not a JSON object with messages. */
export function readMockCall(request: TransportRequest, createdAt: number): MockCall | undefined {
  const text = typeof request.body === 'string' ? request.body : Buffer.from(request.body).toString('utf8');
  const parsed = parseJson(text);
  const body = asObject(parsed.ok ? parsed.value : undefined);
  const messages = asArray(body['messages']).map(asObject);
  const last = messages.at(-1);
  if (last === undefined) return undefined;
  return {
    model: asString(body['model']) ?? '',
    isStream: body['stream'] === true,
    includesUsage: asObject(body['stream_options'])['include_usage'] === true,
    question: textOf(messages.findLast((message) => message['role'] === 'user')?.['content']),
    toolResult: last['role'] === 'tool' ? textOf(last['content']) : undefined,
    tool: chosenTool(body),
    answerSchema: schemaOf(body),
    maxTokens: limitOf(body),
    promptTokens: countTokens(messages),
    id: sha256Hex(text).slice(0, 12),
    createdAt,
  };
}

/** The mock's tokens: words with the blank space before them. */
export function splitTokens(text: string): readonly string[] {
  return text.match(/\s*\S+/g) ?? [];
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const texts = asArray(content).map((part) => asString(asObject(part)['text']) ?? '');
  return texts.filter((text) => text !== '').join('\n');
}

function countTokens(messages: readonly JsonObject[]): number {
  return messages.reduce((sum, message) => sum + splitTokens(textOf(message['content'])).length, 0);
}

function chosenTool(body: JsonObject): JsonObject | undefined {
  const choice = body['tool_choice'];
  const tools = asArray(body['tools']).map((tool) => asObject(asObject(tool)['function']));
  if (choice === 'none') return undefined;
  const wanted = asObject(asObject(choice)['function'])['name'];
  return tools.find((tool) => tool['name'] === wanted) ?? tools[0];
}

function schemaOf(body: JsonObject): JsonObject | undefined {
  const format = asObject(asObject(body['response_format'])['json_schema']);
  return format['schema'] === undefined ? undefined : asObject(format['schema']);
}

function limitOf(body: JsonObject): number {
  const limit = body['max_completion_tokens'] ?? body['max_tokens'];
  return typeof limit === 'number' && limit >= 1 ? Math.floor(limit) : Number.POSITIVE_INFINITY;
}
