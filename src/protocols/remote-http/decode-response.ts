import type { ChatResponse } from '../../canonical/chat.ts';
import { asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { decodeFinishReason } from '../openai-finish.ts';
import { decodeUsage } from '../openai-usage.ts';
import type { ResponseSummary } from '../protocol.ts';
import { badAnswer, readJsonAnswer } from '../read-answer.ts';
import { readErrorMessage } from './errors.ts';

/** Members that may hold the answer, in the order in which they are asked. */
const ANSWER_MEMBERS = ['output', 'text', 'data'] as const;

export function decodeResponse(body: JsonObject): ChatResponse {
  const text = readText(body);
  return {
    id: asString(body['id']) ?? '',
    model: asString(body['model']) ?? '',
    choices: [{ content: text === '' ? [] : [{ type: 'text', text }], finishReason: finishReasonOf(body) }],
    // Servers of this kind have the counts in OpenAI's place or beside the answer.
    usage: decodeUsage(body['usage']) ?? decodeUsage(body),
  };
}

export function summarizeResponse(bytes: Buffer): ResponseSummary {
  const { choices, usage } = decodeResponse(readJsonAnswer(bytes));
  return { usage, finishReason: choices[0].finishReason };
}

function finishReasonOf(body: JsonObject): ChatResponse['choices'][0]['finishReason'] {
  return decodeFinishReason(asString(body['finish_reason']) ?? 'stop');
}

function readText(body: JsonObject): string {
  const { error } = body;
  const isError = isJsonObject(error) || (typeof error === 'string' && error !== '');
  if (isError) throw badAnswer(`error inside a success: ${readErrorMessage(body) ?? 'no message'}`);
  const texts = ANSWER_MEMBERS.map((name) => textOf(body[name])).filter((text) => text !== undefined);
  const text = texts.find((words) => words !== '') ?? texts[0];
  if (text === undefined) throw badAnswer('an answer without output, text or data');
  return text;
}

/** A list is one text a line; what is no text in it stands as JSON. */
function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  return value.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join('\n');
}
