import type { ChatChoice, ChatResponse } from '../../canonical/chat.ts';
import type { ContentPart } from '../../canonical/content.ts';
import { RouterError } from '../../errors/router-error.ts';
import { asObject, asString, isJsonObject, type JsonObject } from '../../lib/json.ts';
import { decodeFinishReason } from '../openai-finish.ts';
import { decodeUsage } from '../openai-usage.ts';
import type { ResponseSummary } from '../protocol.ts';
import { inventCallId, isErrorBody, readChoices, readErrorMessage, type WireChoice } from './wire.ts';

export function decodeResponse(body: JsonObject): ChatResponse {
  const [first, ...others] = readAnswer(body);
  const id = asString(body['id']) ?? '';
  const decode = (choice: WireChoice): ChatChoice => decodeChoice(choice, id);
  return {
    id,
    model: asString(body['model']) ?? '',
    choices: [decode(first), ...others.map(decode)],
    usage: decodeUsage(body['usage']),
  };
}

export function summarizeResponse(body: JsonObject): ResponseSummary {
  const [first] = readAnswer(body);
  return { usage: decodeUsage(body['usage']), finishReason: finishReasonOf(first) };
}

/** Throws `upstream.bad_response` unless every choice is an answer. */
function readAnswer(body: JsonObject): [WireChoice, ...WireChoice[]] {
  if (isErrorBody(body)) throw nonsense(`error inside a success: ${readErrorMessage(body) ?? 'no message'}`);
  const [first, ...others] = readChoices(body, 'message');
  if (first === undefined) throw nonsense('an answer without choices');
  const values = body['choices'] as readonly unknown[];
  if (!values.every(isChoice)) throw nonsense('a choice without a message');
  if ([first, ...others].some((choice) => choice.finishReason === 'error')) throw nonsense('finish_reason "error"');
  return [first, ...others];
}

function isChoice(value: unknown): boolean {
  const choice = asObject(value);
  return isJsonObject(choice['message']) || typeof choice['text'] === 'string';
}

function nonsense(detail: string): RouterError {
  return new RouterError('upstream.bad_response', { detail: detail.slice(0, 500) });
}

function decodeChoice(choice: WireChoice, responseId: string): ChatChoice {
  const { text, reasoning, refusal, toolCalls } = choice.message;
  const content: ContentPart[] = [];
  if (reasoning !== '') content.push({ type: 'reasoning', text: reasoning });
  if (text !== '') content.push({ type: 'text', text });
  if (refusal !== '') content.push({ type: 'refusal', text: refusal });
  for (const [number, call] of toolCalls.entries()) {
    const id = call.id === '' ? inventCallId(responseId, number) : call.id;
    content.push({ type: 'tool-call', id, name: call.name, arguments: call.arguments });
  }
  return { content, finishReason: finishReasonOf(choice) };
}

function finishReasonOf(choice: WireChoice): ChatChoice['finishReason'] {
  return decodeFinishReason(choice.finishReason ?? '');
}
