import type { JsonObject, JsonValue } from '../lib/json.ts';
import { type MockCall, splitTokens } from './mock-call.ts';

/** What the mock says, before it is put into the openai-chat format. */
export type MockAnswer =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool-call'; readonly name: string; readonly arguments: string };

const ARGUMENTS_PIECE = /.{1,12}/gsu;

/** One whole answer. */
export function renderJson(call: MockCall, answer: MockAnswer): string {
  const pieces = piecesOf(call, answer);
  const whole = pieces.join('');
  const message =
    answer.kind === 'text'
      ? { role: 'assistant', content: whole }
      : { role: 'assistant', content: null, tool_calls: [toolCall(call, answer.name, whole)] };
  return JSON.stringify({
    ...frameOf(call, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReasonOf(call, answer) }],
    usage: usageOf(call, answer),
  });
}

/** The same answer as server-sent events: the first opens the message, then come its pieces. */
export function renderFrames(call: MockCall, answer: MockAnswer): readonly string[] {
  const frames = [
    chunk(call, openingDelta(call, answer), null),
    ...piecesOf(call, answer).map((piece) => chunk(call, pieceDelta(answer, piece), null)),
    chunk(call, {}, finishReasonOf(call, answer)),
  ];
  if (call.includesUsage) frames.push(frame({ ...chunkFrame(call), choices: [], usage: usageOf(call, answer) }));
  return [...frames, 'data: [DONE]\n\n'];
}

/** One more piece of a streamed text. */
export function contentFrame(call: MockCall, content: string): string {
  return chunk(call, { content }, null);
}

export function errorBody(message: string, code: string): JsonObject {
  return { error: { message, type: 'mock_error', param: null, code } };
}

export function frame(value: JsonValue): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

function piecesOf(call: MockCall, answer: MockAnswer): readonly string[] {
  if (answer.kind === 'tool-call') return answer.arguments.match(ARGUMENTS_PIECE) ?? [];
  return splitTokens(answer.text).slice(0, call.maxTokens);
}

function finishReasonOf(call: MockCall, answer: MockAnswer): string {
  if (answer.kind === 'tool-call') return 'tool_calls';
  return splitTokens(answer.text).length > call.maxTokens ? 'length' : 'stop';
}

function usageOf(call: MockCall, answer: MockAnswer): JsonObject {
  const completionTokens = piecesOf(call, answer).length;
  return {
    prompt_tokens: call.promptTokens,
    completion_tokens: completionTokens,
    total_tokens: call.promptTokens + completionTokens,
  };
}

function openingDelta(call: MockCall, answer: MockAnswer): JsonObject {
  if (answer.kind === 'text') return { role: 'assistant', content: '' };
  return { role: 'assistant', content: null, tool_calls: [{ index: 0, ...toolCall(call, answer.name, '') }] };
}

function pieceDelta(answer: MockAnswer, piece: string): JsonObject {
  if (answer.kind === 'text') return { content: piece };
  return { tool_calls: [{ index: 0, function: { arguments: piece } }] };
}

function toolCall(call: MockCall, name: string, argumentsText: string): JsonObject {
  return { id: `call_${call.id}`, type: 'function', function: { name, arguments: argumentsText } };
}

function chunk(call: MockCall, delta: JsonObject, finishReason: string | null): string {
  return frame({ ...chunkFrame(call), choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }] });
}

function chunkFrame(call: MockCall): JsonObject {
  return frameOf(call, 'chat.completion.chunk');
}

function frameOf(call: MockCall, object: string): JsonObject {
  return { id: `chatcmpl-mock-${call.id}`, object, created: call.createdAt, model: call.model };
}
