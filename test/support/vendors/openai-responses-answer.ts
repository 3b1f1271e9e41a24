import { asArray, asObject, type JsonObject } from '../../../src/lib/json.ts';
import { asPiece, type Frame, namedFrame } from './frames.ts';
import { CREATED_SECONDS } from './ids.ts';
import { inTurns } from './openai-chat-answer.ts';
import { isReasoningModel, openAiScriptedError } from './openai-refusals.ts';
import { type ItemPlan, planItems } from './openai-responses-items.ts';
import type { ResponsesMemory } from './openai-responses-rules.ts';
import type { VendorAnswer, VendorUsage } from './script.ts';
import type { AnswerRenderer } from './vendor-server.ts';

/** Answers of https://platform.openai.com/docs/api-reference/responses/object and …/responses-streaming */

type Status = 'in_progress' | 'completed' | 'incomplete' | 'failed';

const INCOMPLETE_REASONS: Readonly<Record<string, string>> = {
  length: 'max_output_tokens',
  'content-filter': 'content_filter',
};

export interface StoredAnswer {
  readonly id: string;
  readonly output: readonly JsonObject[];
}

/** `onAnswer` is told what was answered, so that it can be stored. */
export function responsesRenderer(
  body: JsonObject,
  memory: ResponsesMemory,
  onAnswer: (answer: StoredAnswer) => void,
): AnswerRenderer {
  const id = memory.newId('resp_');
  const plan = (answer: VendorAnswer): readonly ItemPlan[] => {
    const items = planItems(answer, body, memory, isReasoningModel(String(body['model'])));
    onAnswer({ id, output: items.map(({ done }) => done as JsonObject) });
    return items;
  };
  const response = (status: Status, output: readonly unknown[], answer?: VendorAnswer): Record<string, unknown> => ({
    ...echoOf(body),
    id,
    status,
    output,
    incomplete_details: status === 'incomplete' ? { reason: INCOMPLETE_REASONS[answer?.finish ?? ''] } : null,
    usage: answer === undefined ? null : responsesUsage(answer.usage),
  });
  const endStatus = ({ finish }: VendorAnswer): Status => (finish in INCOMPLETE_REASONS ? 'incomplete' : 'completed');
  const hidesLength = asObject(body['stream_options'])['include_obfuscation'] !== false;

  return {
    contentType: 'text/event-stream; charset=utf-8',
    whole: (answer) =>
      response(
        endStatus(answer),
        plan(answer).map(({ done }) => done),
        answer,
      ),
    frames: (answer) => {
      const items = plan(answer);
      const started = response('in_progress', []);
      const ended = response(
        endStatus(answer),
        items.map(({ done }) => done),
        answer,
      );
      const events: readonly StreamEvent[] = [
        { type: 'response.created', response: started },
        { type: 'response.in_progress', response: started },
        ...itemEvents(items, answer),
        { type: `response.${endStatus(answer)}`, response: ended },
      ];
      return events.map((event, number) => eventFrame(event, number, hidesLength));
    },
    error: openAiScriptedError,
    errorFrames: ({ type: code, message }, sent) => {
      const failed = { ...response('failed', []), error: { code, message } };
      const events: readonly StreamEvent[] = [
        { type: 'error', code, message, param: null },
        { type: 'response.failed', response: failed },
      ];
      return events.map((event, number) => eventFrame(event, sent.length + number, hidesLength));
    },
  };
}

interface StreamEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

function eventFrame({ type, ...members }: StreamEvent, number: number, hidesLength: boolean): Frame {
  const isPiece = type.endsWith('.delta');
  const frame = namedFrame(type, {
    type,
    sequence_number: number,
    ...members,
    ...(isPiece && hidesLength && { obfuscation: 'kQ3' }),
  });
  return isPiece ? asPiece(frame) : frame;
}

function itemEvents(items: readonly ItemPlan[], answer: VendorAnswer): readonly StreamEvent[] {
  const numbered = items.map((item, output_index) => {
    const events = item.events.map((event) => ({ ...event, item_id: item.done['id'], output_index }));
    return {
      isCall: item.isCall,
      added: { type: 'response.output_item.added', output_index, item: item.added },
      events,
      done: { type: 'response.output_item.done', output_index, item: item.done },
    };
  });
  const inOrder = (all: typeof numbered): StreamEvent[] =>
    all.flatMap(({ added, events, done }) => [added, ...events, done]);
  if (answer.interleaveToolCalls !== true) return inOrder(numbered);
  const calls = numbered.filter(({ isCall }) => isCall);
  return [
    ...inOrder(numbered.filter(({ isCall }) => !isCall)),
    ...calls.map(({ added }) => added),
    ...inTurns(calls.map(({ events }) => events)),
    ...calls.map(({ done }) => done),
  ];
}

/** Members of a response that repeat the request or its defaults. */
function echoOf(body: JsonObject): Record<string, unknown> {
  return {
    object: 'response',
    created_at: CREATED_SECONDS,
    background: false,
    error: null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    metadata: body['metadata'] ?? {},
    model: body['model'],
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: body['previous_response_id'] ?? null,
    reasoning: { effort: null, summary: null, ...asObject(body['reasoning']) },
    service_tier: 'default',
    store: body['store'] ?? true,
    temperature: body['temperature'] ?? 1,
    text: { format: { type: 'text' }, verbosity: 'medium', ...asObject(body['text']) },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: asArray(body['tools']),
    top_logprobs: 0,
    top_p: body['top_p'] ?? 1,
    truncation: body['truncation'] ?? 'disabled',
    user: body['user'] ?? null,
  };
}

function responsesUsage(usage: VendorUsage): Record<string, unknown> {
  const input = usage.freshInput + usage.cacheRead + usage.cacheWrite;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cacheRead, cache_write_tokens: usage.cacheWrite },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: input + usage.output,
  };
}
