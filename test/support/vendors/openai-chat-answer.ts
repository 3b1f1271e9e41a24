import { asObject, type JsonObject } from '../../../src/lib/json.ts';
import { asPiece, dataFrame, type Frame } from './frames.ts';
import { CREATED_SECONDS } from './ids.ts';
import { openAiScriptedError } from './openai-refusals.ts';
import { cut, type VendorAnswer, type VendorFinish, type VendorUsage } from './script.ts';
import type { AnswerRenderer } from './vendor-server.ts';

/** Answers of https://platform.openai.com/docs/api-reference/chat/object and …/chat/streaming */

const FINISH_REASONS: Readonly<Record<VendorFinish, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  'stop-sequence': 'stop',
};

interface NumberedCall {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

type Delta = Readonly<Record<string, unknown>>;

export function chatRenderer(body: JsonObject, newId: (prefix: string) => string): AnswerRenderer {
  const common = (object: string): Record<string, unknown> => ({
    id: newId('chatcmpl-'),
    object,
    created: CREATED_SECONDS,
    model: body['model'],
    service_tier: 'default',
    system_fingerprint: 'fp_fake',
  });
  const callsOf = ({ toolCalls = [] }: VendorAnswer): readonly NumberedCall[] =>
    toolCalls.map((call, index) => ({ index, id: newId('call_'), name: call.name, arguments: call.arguments }));
  const streamOptions = asObject(body['stream_options']);
  return {
    contentType: 'text/event-stream; charset=utf-8',
    whole: (answer) => ({
      ...common('chat.completion'),
      choices: [
        {
          index: 0,
          message: wholeMessage(answer, callsOf(answer)),
          logprobs: null,
          finish_reason: FINISH_REASONS[answer.finish],
        },
      ],
      usage: chatUsage(answer.usage),
    }),
    frames: (answer) => {
      const head = common('chat.completion.chunk');
      const withUsage = streamOptions['include_usage'] === true;
      const usage = withUsage ? { usage: null } : {};
      const frame = (delta: Delta, finishReason: string | null = null): Frame =>
        dataFrame({
          ...head,
          choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
          ...usage,
          ...(streamOptions['include_obfuscation'] !== false && { obfuscation: 'x7Qz' }),
        });
      return [
        frame({ role: 'assistant', content: answer.toolCalls && !answer.text ? null : '', refusal: null }),
        ...deltasOf(answer, callsOf(answer)).map(({ delta, isPiece }) =>
          isPiece ? asPiece(frame(delta)) : frame(delta),
        ),
        frame({}, FINISH_REASONS[answer.finish]),
        ...(withUsage ? [dataFrame({ ...head, choices: [], usage: chatUsage(answer.usage) })] : []),
        DONE,
      ];
    },
    error: openAiScriptedError,
    errorFrames: (error) => [dataFrame(openAiScriptedError(error).body)],
  };
}

const DONE: Frame = { text: 'data: [DONE]\n\n' };

function wholeMessage(answer: VendorAnswer, calls: readonly NumberedCall[]): Record<string, unknown> {
  return {
    role: 'assistant',
    content: answer.text ?? null,
    refusal: answer.refusal ?? null,
    annotations: annotationsOf(answer),
    ...(calls.length > 0 && {
      tool_calls: calls.map(({ id, name, arguments: text }) => ({
        id,
        type: 'function',
        function: { name, arguments: text },
      })),
    }),
  };
}

export function annotationsOf({ citations = [] }: VendorAnswer): readonly unknown[] {
  return citations.map(({ start, end, url, title }) => ({
    type: 'url_citation',
    url_citation: { start_index: start, end_index: end, url, title },
  }));
}

/** Prompt tokens hold what was read from the cache and what was written to it. */
export function chatUsage(usage: VendorUsage): Record<string, unknown> {
  const prompt = usage.freshInput + usage.cacheRead + usage.cacheWrite;
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.output,
    total_tokens: prompt + usage.output,
    prompt_tokens_details: { cached_tokens: usage.cacheRead, cache_write_tokens: usage.cacheWrite, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

interface NumberedDelta {
  readonly delta: Delta;
  readonly isPiece: boolean;
}

function deltasOf(answer: VendorAnswer, calls: readonly NumberedCall[]): readonly NumberedDelta[] {
  const piece = (delta: Delta): NumberedDelta => ({ delta, isPiece: true });
  const annotations = annotationsOf(answer);
  return [
    ...cut(answer.text ?? '', answer.pieces).map((content) => piece({ content })),
    ...(annotations.length > 0 ? [{ delta: { annotations }, isPiece: false }] : []),
    ...cut(answer.refusal ?? '', answer.pieces).map((refusal) => piece({ refusal })),
    ...callDeltas(answer, calls),
  ];
}

function callDeltas(answer: VendorAnswer, calls: readonly NumberedCall[]): readonly NumberedDelta[] {
  const starts = calls.map(({ index, id, name }) =>
    toolDelta({ index, id, type: 'function', function: { name, arguments: '' } }, false),
  );
  const rests = calls.map(({ index, arguments: text }) =>
    cut(text, answer.pieces).map((part) => toolDelta({ index, function: { arguments: part } }, true)),
  );
  return answer.interleaveToolCalls === true
    ? [...starts, ...inTurns(rests)]
    : starts.flatMap((start, index) => [start, ...(rests[index] ?? [])]);
}

const toolDelta = (call: Delta, isPiece: boolean): NumberedDelta => ({ delta: { tool_calls: [call] }, isPiece });

/** One of each list in turn until all are used up. */
export function inTurns<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_value, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}
