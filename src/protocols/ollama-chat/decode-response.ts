import type { ChatChoice, ChatResponse } from '../../canonical/chat.ts';
import type { ContentPart } from '../../canonical/content.ts';
import { createId } from '../../lib/ids.ts';
import { asString, isJsonObject, type JsonObject } from '../../lib/json.ts';
import type { ResponseSummary } from '../protocol.ts';
import { badAnswer, readJsonAnswer } from '../read-answer.ts';
import { decodeImage } from './media.ts';
import {
  decodeDoneReason,
  decodeUsage,
  isErrorBody,
  readAnswer,
  readErrorMessage,
  type WireAnswer,
  type WireToolCall,
} from './wire.ts';

export function decodeResponse(body: JsonObject): ChatResponse {
  const answer = readWhole(body);
  return { id: '', model: asString(body['model']) ?? '', choices: [decodeChoice(answer)], usage: decodeUsage(body) };
}

export function summarizeResponse(bytes: Buffer): ResponseSummary {
  const body = readJsonAnswer(bytes);
  const answer = readWhole(body);
  return { usage: decodeUsage(body), finishReason: finishReasonOf(answer) };
}

function readWhole(body: JsonObject): WireAnswer {
  if (isErrorBody(body)) throw badAnswer(`error inside a success: ${readErrorMessage(body) ?? 'no message'}`);
  if (!isJsonObject(body['message'])) throw badAnswer('an answer without a message');
  const answer = readAnswer(body);
  if (!answer.isDone) throw badAnswer('an answer that is not done');
  return answer;
}

function decodeChoice(answer: WireAnswer): ChatChoice {
  const { text, thinking, images, toolCalls, logprobs } = answer;
  const content: ContentPart[] = [];
  if (thinking !== '') content.push({ type: 'reasoning', text: thinking });
  if (text !== '') content.push({ type: 'text', text });
  for (const image of images) content.push({ type: 'media', modality: 'image', source: decodeImage(image) });
  for (const call of toolCalls) content.push({ type: 'tool-call', ...call, id: idOf(call) });
  return { content, finishReason: finishReasonOf(answer), ...(logprobs === undefined ? {} : { logprobs }) };
}

function finishReasonOf({ doneReason, toolCalls }: WireAnswer): ChatChoice['finishReason'] {
  return decodeDoneReason(doneReason, toolCalls.length > 0);
}

/** Servers before 2026 give no ids; all other formats have them. */
export function idOf({ id }: WireToolCall): string {
  return id === '' ? `call_${createId()}` : id;
}
