import type { ChatChoice, ChatResponse } from '../../canonical/chat.ts';
import type { ContentPart } from '../../canonical/content.ts';
import { RouterError } from '../../errors/router-error.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { ResponseSummary } from '../protocol.ts';
import { badAnswer, readJsonAnswer } from '../read-answer.ts';
import { decodeCitation } from './citations.ts';
import {
  decodeFinishReason,
  decodeLogprobs,
  decodeUsage,
  isErrorBody,
  isFailure,
  readArguments,
  readErrorMessage,
  readToolCall,
} from './wire.ts';

export function decodeResponse(body: JsonObject): ChatResponse {
  const message = readMessage(body);
  const logprobs = decodeLogprobs(body['logprobs']);
  const choice: ChatChoice = {
    content: decodeMessage(message),
    finishReason: decodeFinishReason(asString(body['finish_reason'])),
    ...(logprobs.length === 0 ? {} : { logprobs }),
  };
  return { id: asString(body['id']) ?? '', model: '', choices: [choice], usage: decodeUsage(body['usage']) };
}

export function summarizeResponse(bytes: Buffer): ResponseSummary {
  const body = readJsonAnswer(bytes);
  readMessage(body);
  return { usage: decodeUsage(body['usage']), finishReason: decodeFinishReason(asString(body['finish_reason'])) };
}

function readMessage(body: JsonObject): JsonObject {
  if (isErrorBody(body)) throw badAnswer(`error inside a success: ${readErrorMessage(body) ?? 'no message'}`);
  const { message, finish_reason: reason } = body;
  if (!isJsonObject(message)) throw badAnswer('an answer without a message');
  if (isFailure(asString(reason))) {
    throw new RouterError('upstream.failed', { detail: `finish_reason "${asString(reason)}"` });
  }
  return message;
}

/** The plan for the calls is what the model says beside them. */
function decodeMessage(message: JsonObject): ContentPart[] {
  const { content, tool_plan: plan, tool_calls: calls, citations } = message;
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : asArray(content);
  return [
    ...decodeBlocks(blocks, asArray(citations)),
    ...(typeof plan === 'string' && plan !== '' ? [{ type: 'text', text: plan } as const] : []),
    ...asArray(calls).map(decodeToolCall),
  ];
}

function decodeBlocks(blocks: readonly JsonValue[], citations: readonly JsonValue[]): ContentPart[] {
  const lastText = blocks.findLastIndex((block) => asObject(block)['type'] === 'text');
  return blocks.flatMap((value, index) => {
    const own = citations.filter((citation) => (asObject(citation)['content_index'] ?? lastText) === index);
    return decodeBlock(asObject(value), own);
  });
}

function decodeBlock({ type, text, thinking }: JsonObject, citations: readonly JsonValue[]): ContentPart[] {
  if (type === 'thinking' && typeof thinking === 'string' && thinking !== '') {
    return [{ type: 'reasoning', text: thinking }];
  }
  if (type !== 'text' || typeof text !== 'string' || text === '') return [];
  const cited = citations.flatMap((citation) => decodeCitation(citation, text));
  return [{ type: 'text', text, ...(cited.length === 0 ? {} : { citations: cited }) }];
}

function decodeToolCall(value: JsonValue): ContentPart {
  const call = readToolCall(value);
  return { type: 'tool-call', ...call, arguments: readArguments(call.arguments) };
}
