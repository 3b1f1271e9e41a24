import type { ChatChoice, ChatResponse } from '../../canonical/chat.ts';
import type { ContentPart } from '../../canonical/content.ts';
import { asObject, asString, isJsonObject, type JsonObject } from '../../lib/json.ts';
import { decodeFinishReason } from '../openai-finish.ts';
import { decodeReasoningParts } from '../openai-reasoning.ts';
import { decodeUsage } from '../openai-usage.ts';
import type { ResponseSummary } from '../protocol.ts';
import { badAnswer, readJsonAnswer } from '../read-answer.ts';
import { skimResponse } from './skim-response.ts';
import {
  inventCallId,
  isErrorBody,
  readChoices,
  readErrorMessage,
  type WireChoice,
  type WireToolCall,
} from './wire.ts';

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

export function summarizeResponse(bytes: Buffer): ResponseSummary {
  // One character a byte: nothing that is looked for has others.
  const skimmed = skimResponse(bytes.toString('latin1'));
  if (skimmed !== undefined) return skimmed;
  const body = readJsonAnswer(bytes);
  const [first] = readAnswer(body);
  return { usage: decodeUsage(body['usage']), finishReason: finishReasonOf(first) };
}

/** Throws `upstream.bad_response` unless every choice is an answer. */
function readAnswer(body: JsonObject): [WireChoice, ...WireChoice[]] {
  if (isErrorBody(body)) throw badAnswer(`error inside a success: ${readErrorMessage(body) ?? 'no message'}`);
  const [first, ...others] = readChoices(body, 'message');
  if (first === undefined) throw badAnswer('an answer without choices');
  const values = body['choices'] as readonly unknown[];
  if (!values.every(isChoice)) throw badAnswer('a choice without a message');
  if ([first, ...others].some((choice) => choice.finishReason === 'error')) throw badAnswer('finish_reason "error"');
  return [first, ...others];
}

function isChoice(value: unknown): boolean {
  const choice = asObject(value);
  return isJsonObject(choice['message']) || typeof choice['text'] === 'string';
}

function decodeChoice(choice: WireChoice, responseId: string): ChatChoice {
  const { text, reasoning, reasoningDetails, refusal, toolCalls, citations, media } = choice.message;
  const content: ContentPart[] = [...decodeReasoningParts(reasoning, reasoningDetails)];
  if (text !== '') content.push({ type: 'text', text, ...(citations.length === 0 ? {} : { citations }) });
  if (refusal !== '') content.push({ type: 'refusal', text: refusal });
  for (const item of media) content.push({ type: 'media', ...item });
  for (const [number, call] of toolCalls.entries()) content.push(decodeToolCall(call, responseId, number));
  const { logprobs } = choice;
  return { content, finishReason: finishReasonOf(choice), ...(logprobs === undefined ? {} : { logprobs }) };
}

function decodeToolCall(call: WireToolCall, responseId: string, number: number): ContentPart {
  const { name, arguments: words, isCustom, signature } = call;
  const id = call.id === '' ? inventCallId(responseId, number) : call.id;
  return {
    type: 'tool-call',
    id,
    name,
    arguments: words,
    ...(isCustom ? { isCustom } : {}),
    ...(signature === undefined ? {} : { signature }),
  };
}

/** A refusal in words ends as any other words do; what it means is another thing. */
function finishReasonOf(choice: WireChoice): ChatChoice['finishReason'] {
  const reason = decodeFinishReason(choice.finishReason ?? '');
  return choice.message.refusal !== '' && reason === 'stop' ? 'content-filter' : reason;
}
