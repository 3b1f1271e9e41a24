import { asObject, type JsonObject } from '../../../src/lib/json.ts';
import { cohereError, isReasoningModel } from './cohere-rules.ts';
import { asPiece, type Frame, namedFrame } from './frames.ts';
import { retryHeaders } from './refusal.ts';
import { cut, type VendorAnswer, type VendorFinish, type VendorUsage } from './script.ts';
import type { AnswerRenderer } from './vendor-server.ts';

/** Answers of https://docs.cohere.com/reference/chat and https://docs.cohere.com/reference/chat-stream */

const FINISH_REASONS: Readonly<Record<VendorFinish, string>> = {
  stop: 'COMPLETE',
  length: 'MAX_TOKENS',
  'tool-calls': 'TOOL_CALL',
  'content-filter': 'ERROR',
  'stop-sequence': 'STOP_SEQUENCE',
};

type Members = Readonly<Record<string, unknown>>;

export function cohereRenderer(body: JsonObject, newId: (prefix: string) => string): AnswerRenderer {
  const id = newId('chat-');
  const callsOf = ({ toolCalls = [] }: VendorAnswer): readonly Members[] =>
    toolCalls.map((call) => ({
      id: newId(`${call.name}_`),
      type: 'function',
      function: { name: call.name, arguments: call.arguments },
    }));
  return {
    contentType: 'text/event-stream; charset=utf-8',
    whole: (answer) => ({
      id,
      finish_reason: FINISH_REASONS[answer.finish],
      message: wholeMessage(answer, body, callsOf(answer)),
      usage: usageOf(answer.usage),
    }),
    frames: (answer) => [
      event('message-start', {
        id,
        delta: { message: { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] } },
      }),
      ...contentFrames(answer, body),
      ...callsOf(answer).flatMap((call, index) => callFrames(call, index, answer)),
      event('message-end', {
        id,
        delta: { finish_reason: FINISH_REASONS[answer.finish], usage: usageOf(answer.usage) },
      }),
      { text: 'data: [DONE]\n\n' },
    ],
    error: (error) => ({ ...cohereError(error.status, error.message), headers: retryHeaders(error) }),
    // An error inside of a stream is a kind of end.
    errorFrames: ({ message }) => [event('message-end', { id, delta: { finish_reason: 'ERROR', error: message } })],
  };
}

const event = (type: string, members: Members): Frame => namedFrame(type, { type, ...members });

const delta = (type: string, members: Members): Frame => asPiece(event(type, members));

/** Words before calls are a plan and no content. */
const planOf = ({ text = '', toolCalls = [] }: VendorAnswer): string => (toolCalls.length > 0 ? text : '');

const wordsOf = (answer: VendorAnswer): string => (planOf(answer) === '' ? (answer.text ?? answer.refusal ?? '') : '');

function thoughtsOf({ reasoning }: VendorAnswer, { model, thinking }: JsonObject): string {
  const thinks = isReasoningModel(model) && asObject(thinking)['type'] !== 'disabled';
  return thinks ? (reasoning?.text ?? '') : '';
}

/** The content of an answer in the vendor's order, by kind, without the empty ones. */
function contentOf(answer: VendorAnswer, body: JsonObject): readonly (readonly ['thinking' | 'text', string])[] {
  const all = [
    ['thinking', thoughtsOf(answer, body)],
    ['text', wordsOf(answer)],
  ] as const;
  return all.filter(([, words]) => words !== '');
}

function wholeMessage(answer: VendorAnswer, body: JsonObject, calls: readonly Members[]): Members {
  const content = contentOf(answer, body).map(([type, words]) => ({ type, [type]: words }));
  const citations = citationsOf(answer);
  return {
    role: 'assistant',
    ...(content.length > 0 && { content }),
    ...(planOf(answer) !== '' && { tool_plan: planOf(answer) }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(citations.length > 0 && { citations }),
  };
}

function contentFrames(answer: VendorAnswer, body: JsonObject): readonly Frame[] {
  const plan = cut(planOf(answer), answer.pieces).map((tool_plan) =>
    delta('tool-plan-delta', { delta: { message: { tool_plan } } }),
  );
  const blocks = contentOf(answer, body).flatMap(([type, words], index) => {
    const content = (members: Members): Members => ({ index, delta: { message: { content: members } } });
    return [
      event('content-start', content({ type, [type]: '' })),
      ...cut(words, answer.pieces).map((piece) => delta('content-delta', content({ [type]: piece }))),
      ...(type === 'text' ? citationFrames(answer) : []),
      event('content-end', { index }),
    ];
  });
  return [...plan, ...blocks];
}

function callFrames(call: Members, index: number, answer: VendorAnswer): readonly Frame[] {
  const { name, arguments: text } = asObject(call['function']);
  const message = (tool_calls: Members): Members => ({ index, delta: { message: { tool_calls } } });
  return [
    event('tool-call-start', message({ ...call, function: { name, arguments: '' } })),
    ...cut(String(text), answer.pieces).map((part) =>
      delta('tool-call-delta', message({ function: { arguments: part } })),
    ),
    event('tool-call-end', { index }),
  ];
}

function citationsOf({ citations = [], text = '' }: VendorAnswer): readonly Members[] {
  return citations.map(({ start, end, url, title }, index) => ({
    start,
    end,
    text: text.slice(start, end),
    sources: [{ type: 'document', id: `doc:${index}`, document: { id: `doc:${index}`, title, url } }],
    type: 'TEXT_CONTENT',
  }));
}

function citationFrames(answer: VendorAnswer): readonly Frame[] {
  return citationsOf(answer).flatMap((citations, index) => [
    event('citation-start', { index, delta: { message: { citations } } }),
    event('citation-end', { index }),
  ]);
}

/** All tokens of the prompt are counted, the cached ones told beside; only fresh ones are billed. */
function usageOf(usage: VendorUsage): Members {
  return {
    billed_units: { input_tokens: usage.freshInput, output_tokens: usage.output },
    tokens: { input_tokens: usage.freshInput + usage.cacheRead + usage.cacheWrite, output_tokens: usage.output },
    cached_tokens: usage.cacheRead,
  };
}
