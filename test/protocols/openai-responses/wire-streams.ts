import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';

/** Events of a stream, numbered and named as the service does it. */
export function sseOf(events: readonly JsonObject[]): string {
  const lines = events.map((event, number) => {
    return `event: ${String(event['type'])}\ndata: ${JSON.stringify({ ...event, sequence_number: number })}\n\n`;
  });
  return lines.join('');
}

const BASE = { id: 'resp_abc', object: 'response', created_at: 7, model: 'gpt-5.1-2025-11-13', error: null };

export const USAGE = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 40, cache_write_tokens: 10 },
  output_tokens: 30,
  output_tokens_details: { reasoning_tokens: 20 },
  total_tokens: 130,
};

export function started(): JsonObject[] {
  const response = { ...BASE, status: 'in_progress', output: [], usage: null };
  return [
    { type: 'response.created', response },
    { type: 'response.in_progress', response },
  ];
}

export function completed(output: readonly JsonObject[] = [], more: JsonObject = {}): JsonObject {
  return { type: 'response.completed', response: { ...BASE, status: 'completed', output, usage: USAGE, ...more } };
}

export function incomplete(reason: string): JsonObject {
  const response = { ...BASE, status: 'incomplete', incomplete_details: { reason }, output: [], usage: USAGE };
  return { type: 'response.incomplete', response };
}

export function message(
  index: number,
  deltas: readonly string[],
  annotations: readonly JsonValue[] = [],
): JsonObject[] {
  const place = { item_id: `msg_${index}`, output_index: index, content_index: 0 };
  const text = deltas.join('');
  const part = { type: 'output_text', text, annotations, logprobs: [] };
  const item = { id: `msg_${index}`, type: 'message', status: 'completed', role: 'assistant', content: [part] };
  return [
    { type: 'response.output_item.added', output_index: index, item: { ...item, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...place, part: { ...part, text: '', annotations: [] } },
    ...deltas.map((delta) => ({ type: 'response.output_text.delta', ...place, delta, logprobs: [] })),
    ...annotations.map((annotation, number) => {
      return { type: 'response.output_text.annotation.added', ...place, annotation_index: number, annotation };
    }),
    { type: 'response.output_text.done', ...place, text, logprobs: [] },
    { type: 'response.content_part.done', ...place, part },
    { type: 'response.output_item.done', output_index: index, item },
  ];
}

export function refusal(index: number, text: string): JsonObject[] {
  const place = { item_id: `msg_${index}`, output_index: index, content_index: 0 };
  const part = { type: 'refusal', refusal: text };
  const item = { id: `msg_${index}`, type: 'message', status: 'completed', role: 'assistant', content: [part] };
  return [
    { type: 'response.output_item.added', output_index: index, item: { ...item, content: [] } },
    { type: 'response.content_part.added', ...place, part: { ...part, refusal: '' } },
    { type: 'response.refusal.delta', ...place, delta: text },
    { type: 'response.refusal.done', ...place, refusal: text },
    { type: 'response.content_part.done', ...place, part },
    { type: 'response.output_item.done', output_index: index, item },
  ];
}

export function thought(index: number, summaries: readonly string[], seal?: string): JsonObject[] {
  const item = { id: `rs_${index}`, type: 'reasoning' };
  const parts = summaries.map((text) => ({ type: 'summary_text', text }));
  return [
    { type: 'response.output_item.added', output_index: index, item: { ...item, summary: [] } },
    ...parts.flatMap((part, number) => {
      const place = { item_id: item.id, output_index: index, summary_index: number };
      return [
        { type: 'response.reasoning_summary_part.added', ...place, part: { ...part, text: '' } },
        { type: 'response.reasoning_summary_text.delta', ...place, delta: part.text },
        { type: 'response.reasoning_summary_text.done', ...place, text: part.text },
        { type: 'response.reasoning_summary_part.done', ...place, part },
      ];
    }),
    {
      type: 'response.output_item.done',
      output_index: index,
      item: { ...item, summary: parts, ...(seal === undefined ? {} : { encrypted_content: seal }) },
    },
  ];
}

export interface WireCall {
  readonly index: number;
  readonly callId: string;
  readonly name: string;
  readonly words: string;
  readonly isCustom?: boolean;
  readonly namespace?: string;
}

function callItem({ index, callId, name, words, isCustom, namespace }: WireCall, said: string): JsonObject {
  return {
    id: `fc_${index}`,
    type: isCustom === true ? 'custom_tool_call' : 'function_call',
    status: said === words ? 'completed' : 'in_progress',
    call_id: callId,
    name,
    ...(isCustom === true ? { input: said } : { arguments: said }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

export function callStart(call: WireCall): JsonObject {
  return { type: 'response.output_item.added', output_index: call.index, item: callItem(call, '') };
}

export function callDelta({ index, isCustom }: WireCall, delta: string): JsonObject {
  const name = isCustom === true ? 'custom_tool_call_input' : 'function_call_arguments';
  return { type: `response.${name}.delta`, item_id: `fc_${index}`, output_index: index, delta };
}

export function callEnd(call: WireCall): JsonObject[] {
  const { index, isCustom, words } = call;
  const name = isCustom === true ? 'custom_tool_call_input' : 'function_call_arguments';
  const said = isCustom === true ? { input: words } : { arguments: words };
  return [
    { type: `response.${name}.done`, item_id: `fc_${index}`, output_index: index, ...said },
    { type: 'response.output_item.done', output_index: index, item: callItem(call, words) },
  ];
}

export const WORDS = 'Grüße 模型 🦜\u2028 "quoted" \\ \n\n';

/** Thought, words with a citation, and two calls whose arguments come interleaved. */
export function fullStream(): JsonObject[] {
  const first: WireCall = { index: 2, callId: 'call_a', name: 'weather', words: '{"city":"Köln"}' };
  const second: WireCall = { index: 3, callId: 'call_b', name: 'patch', words: '*** Begin\n🦜', isCustom: true };
  const page = { type: 'url_citation', url: 'https://example.org', title: 'Example', start_index: 0, end_index: 5 };
  return [
    ...started(),
    ...thought(0, ['First I look.', 'Then I 模型.'], 'gAAAA-seal'),
    ...message(1, [WORDS.slice(0, 5), WORDS.slice(5)], [page]),
    callStart(first),
    callStart(second),
    callDelta(second, '*** Begin'),
    callDelta(first, '{"city":'),
    callDelta(second, '\n🦜'),
    callDelta(first, '"Köln"}'),
    ...callEnd(second),
    ...callEnd(first),
    completed(),
  ];
}
