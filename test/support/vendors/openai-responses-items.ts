import { asArray, asObject, type JsonObject } from '../../../src/lib/json.ts';
import type { ResponsesMemory } from './openai-responses-rules.ts';
import { cut, type VendorAnswer, type VendorToolCall } from './script.ts';

type Members = Readonly<Record<string, unknown>>;

interface ItemEvent extends Members {
  readonly type: string;
}

/** One output item: how it is added to a stream, the events inside it, and how it stands when it is done. */
export interface ItemPlan {
  readonly added: Members;
  readonly events: readonly ItemEvent[];
  readonly done: Members;
  readonly isCall: boolean;
}

/** The items of an answer in the vendor's order: reasoning, words, calls. */
export function planItems(
  answer: VendorAnswer,
  body: JsonObject,
  memory: ResponsesMemory,
  reasons: boolean,
): readonly ItemPlan[] {
  const reasoning = reasons ? reasoningItem(answer, body, memory) : undefined;
  const hasWords = answer.text !== undefined || answer.refusal !== undefined;
  const items = [
    ...(hasWords ? [messageItem(answer, memory)] : []),
    ...(answer.toolCalls ?? []).map((call) =>
      (isCustom(call, body) ? customCallItem : functionCallItem)(call, answer, memory, groupOf(call.name, body)),
    ),
  ];
  const first = items[0];
  if (reasoning === undefined) return items;
  // What follows the reasoning may come back by id only together with it.
  if (first !== undefined) memory.reasoningOf.set(String(first.done['id']), String(reasoning.done['id']));
  return [reasoning, ...items];
}

/** The summary is told where it was asked for, the encrypted whole where it is to be included. */
function reasoningItem(answer: VendorAnswer, body: JsonObject, memory: ResponsesMemory): ItemPlan | undefined {
  if (answer.reasoning === undefined) return undefined;
  const { summary, generate_summary } = asObject(body['reasoning']);
  const text = (summary ?? generate_summary) == null ? undefined : answer.reasoning.text;
  const item: Members = { id: memory.newId('rs_'), type: 'reasoning', summary: [] };
  const part = (value: string): Members => ({ type: 'summary_text', text: value });
  const encrypted = encryptedContent(answer, body, memory);
  if (text === undefined)
    return { added: { ...item, ...encrypted }, events: [], done: { ...item, ...encrypted }, isCall: false };
  const at = { summary_index: 0 };
  return {
    added: { ...item, ...encrypted },
    events: [
      { type: 'response.reasoning_summary_part.added', ...at, part: part('') },
      ...cut(text, answer.pieces).map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...at, delta })),
      { type: 'response.reasoning_summary_text.done', ...at, text },
      { type: 'response.reasoning_summary_part.done', ...at, part: part(text) },
    ],
    done: { ...item, summary: [part(text)], ...encrypted },
    isCall: false,
  };
}

function encryptedContent({ reasoning }: VendorAnswer, body: JsonObject, memory: ResponsesMemory): Members {
  if (!asArray(body['include']).includes('reasoning.encrypted_content')) return {};
  const encrypted = reasoning?.signature ?? memory.newId('gAAAAA');
  memory.encrypted.add(encrypted);
  return { encrypted_content: encrypted };
}

function messageItem(answer: VendorAnswer, memory: ResponsesMemory): ItemPlan {
  const status = answer.finish === 'length' || answer.finish === 'content-filter' ? 'incomplete' : 'completed';
  const item: Members = { id: memory.newId('msg_'), type: 'message', role: 'assistant' };
  const parts = [
    ...(answer.text === undefined ? [] : [textPart(answer, answer.text)]),
    ...(answer.refusal === undefined ? [] : [refusalPart(answer, answer.refusal)]),
  ];
  return {
    added: { ...item, status: 'in_progress', content: [] },
    events: parts.flatMap(({ empty, events, done }, content_index) =>
      [
        { type: 'response.content_part.added', part: empty },
        ...events,
        { type: 'response.content_part.done', part: done },
      ].map((event) => ({ ...event, content_index })),
    ),
    done: { ...item, status, content: parts.map(({ done }) => done) },
    isCall: false,
  };
}

function textPart(answer: VendorAnswer, text: string) {
  const annotations = (answer.citations ?? []).map(({ start, end, url, title }) => ({
    type: 'url_citation',
    start_index: start,
    end_index: end,
    url,
    title,
  }));
  const part = { type: 'output_text', annotations: [] as readonly unknown[], logprobs: [], text: '' };
  return {
    empty: part,
    events: [
      ...cut(text, answer.pieces).map((delta) => ({ type: 'response.output_text.delta', delta, logprobs: [] })),
      ...annotations.map((annotation, annotation_index) => ({
        type: 'response.output_text.annotation.added',
        annotation_index,
        annotation,
      })),
      { type: 'response.output_text.done', text, logprobs: [] },
    ],
    done: { ...part, annotations, text },
  };
}

function refusalPart(answer: VendorAnswer, refusal: string) {
  return {
    empty: { type: 'refusal', refusal: '' },
    events: [
      ...cut(refusal, answer.pieces).map((delta) => ({ type: 'response.refusal.delta', delta })),
      { type: 'response.refusal.done', refusal },
    ],
    done: { type: 'refusal', refusal },
  };
}

function isCustom({ name }: VendorToolCall, body: JsonObject): boolean {
  return declared(body).some((tool) => tool['type'] === 'custom' && tool['name'] === name);
}

/** Tools of the request and of the items that add some, groups taken apart. */
function declared(body: JsonObject): readonly JsonObject[] {
  const added = asArray(body['input'])
    .map(asObject)
    .filter(({ type }) => type === 'additional_tools');
  return [...asArray(body['tools']).map(asObject), ...added].flatMap((tool) => ungrouped(tool));
}

function ungrouped(tool: JsonObject): readonly JsonObject[] {
  const { tools, type, name } = tool;
  if (tools === undefined) return [tool];
  const group = type === 'namespace' ? { namespace: name } : {};
  return asArray(tools)
    .map(asObject)
    .flatMap((one) => ungrouped(one))
    .map((one) => ({ ...one, ...group }) as JsonObject);
}

function groupOf(name: string, body: JsonObject): Members {
  const namespace = declared(body).find((tool) => tool['name'] === name)?.['namespace'];
  return namespace === undefined ? {} : { namespace };
}

/** Free text: the input of the script, or its arguments where it has none. */
function customCallItem(call: VendorToolCall, answer: VendorAnswer, memory: ResponsesMemory, group: Members): ItemPlan {
  const { name, customInput: input = call.arguments } = call;
  const call_id = memory.newId('call_');
  const item = { id: memory.newId('ctc_'), type: 'custom_tool_call', status: 'completed', call_id, name, ...group };
  return {
    added: { ...item, status: 'in_progress', input: '' },
    events: [
      ...cut(input, answer.pieces).map((delta) => ({ type: 'response.custom_tool_call_input.delta', delta })),
      { type: 'response.custom_tool_call_input.done', input },
    ],
    done: { ...item, input },
    isCall: true,
  };
}

function functionCallItem(
  call: VendorToolCall,
  answer: VendorAnswer,
  memory: ResponsesMemory,
  group: Members,
): ItemPlan {
  const { name, arguments: text } = call;
  const call_id = memory.newId('call_');
  const item = { id: memory.newId('fc_'), type: 'function_call', status: 'completed', call_id, name, ...group };
  return {
    added: { ...item, status: 'in_progress', arguments: '' },
    events: [
      ...cut(text, answer.pieces).map((delta) => ({ type: 'response.function_call_arguments.delta', delta })),
      { type: 'response.function_call_arguments.done', name, arguments: text },
    ],
    done: { ...item, arguments: text },
    isCall: true,
  };
}
