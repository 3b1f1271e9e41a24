import { asObject, type JsonObject } from '../../../src/lib/json.ts';
import { segmentsOf } from './citations.ts';
import { asPiece, type Frame, namedFrame } from './frames.ts';
import { RawJson } from './raw-json.ts';
import { type Refusal, retryHeaders } from './refusal.ts';
import { cut, type VendorAnswer, type VendorError, type VendorFinish } from './script.ts';
import type { AnswerRenderer } from './vendor-server.ts';

/** Answers of the Messages API: https://platform.claude.com/docs/en/build-with-claude/streaming */

const STOP_REASONS: Readonly<Record<VendorFinish, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  'stop-sequence': 'stop_sequence',
};

export interface AnthropicMemory {
  readonly newId: (prefix: string) => string;
  /** Thinking text by signature. */
  readonly signed: Map<string, string>;
  readonly signatureOfCall: Map<string, string>;
}

/** One content block: how it stands in a whole message, how it starts in a stream, and its deltas. */
interface Block {
  readonly whole: JsonObject | { readonly [key: string]: unknown };
  readonly start: { readonly [key: string]: unknown };
  readonly deltas: readonly { readonly [key: string]: unknown }[];
}

export function anthropicError(status: number, type: string, message: string): Refusal {
  const requestId = 'req_fake';
  const body = { type: 'error', error: { type, message }, request_id: requestId };
  return { status, body, reason: message, headers: { 'request-id': requestId } };
}

export function anthropicRenderer(body: JsonObject, memory: AnthropicMemory): AnswerRenderer {
  const message = (answer: VendorAnswer, content: unknown): Record<string, unknown> => ({
    id: memory.newId('msg_01'),
    type: 'message',
    role: 'assistant',
    model: body['model'],
    content,
    stop_reason: STOP_REASONS[answer.finish],
    stop_sequence: answer.finish === 'stop-sequence' ? (answer.stopSequence ?? null) : null,
    stop_details: stopDetails(answer),
    usage: usageOf(answer, answer.usage.output),
  });
  return {
    contentType: 'text/event-stream; charset=utf-8',
    whole: (answer) =>
      message(
        answer,
        blocksOf(answer, body, memory).map(({ whole }) => whole),
      ),
    frames: (answer) => {
      const started = { ...message(answer, []), stop_reason: null, stop_sequence: null, stop_details: null };
      const usage = usageOf(answer, Math.min(1, answer.usage.output));
      const blocks = blocksOf(answer, body, memory);
      return [
        namedFrame('message_start', { type: 'message_start', message: { ...started, usage } }),
        ...blocks.flatMap(blockFrames),
        ...(blocks.length === 0 ? [PING] : []),
        messageDelta(answer),
        namedFrame('message_stop', { type: 'message_stop' }),
      ];
    },
    error: (error) => {
      const refusal = anthropicError(error.status, error.type, error.message);
      return { ...refusal, headers: { ...refusal.headers, ...retryHeaders(error) } };
    },
    errorFrames: (error: VendorError) => [
      namedFrame('error', anthropicError(error.status, error.type, error.message).body),
    ],
  };
}

const PING = namedFrame('ping', { type: 'ping' });

function messageDelta(answer: VendorAnswer): Frame {
  const delta = {
    stop_reason: STOP_REASONS[answer.finish],
    stop_sequence: answer.finish === 'stop-sequence' ? (answer.stopSequence ?? null) : null,
    stop_details: stopDetails(answer),
  };
  return namedFrame('message_delta', { type: 'message_delta', delta, usage: usageOf(answer, answer.usage.output) });
}

function stopDetails({ finish, refusal }: VendorAnswer): unknown {
  if (finish !== 'content-filter') return null;
  return { type: 'refusal', category: null, explanation: refusal ?? null };
}

/** `input_tokens` leaves out what was read from and written to the cache. */
function usageOf({ usage }: VendorAnswer, outputTokens: number): unknown {
  return {
    input_tokens: usage.freshInput,
    cache_creation_input_tokens: usage.cacheWrite,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite, ephemeral_1h_input_tokens: 0 },
    output_tokens: outputTokens,
    ...(usage.reasoning > 0 && { output_tokens_details: { thinking_tokens: usage.reasoning } }),
    service_tier: 'standard',
  };
}

function blockFrames({ start, deltas }: Block, index: number): readonly Frame[] {
  const frames = deltas.map((delta) => {
    const frame = namedFrame('content_block_delta', { type: 'content_block_delta', index, delta });
    // The empty delta before arguments and the signature after thinking say nothing yet.
    return delta['partial_json'] === '' || delta['type'] === 'signature_delta' ? frame : asPiece(frame);
  });
  return [
    namedFrame('content_block_start', { type: 'content_block_start', index, content_block: start }),
    ...(index === 0 ? [PING] : []),
    ...frames,
    namedFrame('content_block_stop', { type: 'content_block_stop', index }),
  ];
}

function blocksOf(answer: VendorAnswer, body: JsonObject, memory: AnthropicMemory): readonly Block[] {
  const thinking = thinkingBlock(answer, body, memory);
  return [
    ...(thinking ? [thinking.block] : []),
    ...textBlocks(answer),
    ...toolBlocks(answer, thinking?.signature, memory),
  ];
}

/** Thinking is only said where the request asked for it; newer displays leave out the text. */
function thinkingBlock({ reasoning, pieces }: VendorAnswer, body: JsonObject, memory: AnthropicMemory) {
  const { type, display } = asObject(body['thinking']);
  if (reasoning === undefined || (type !== 'enabled' && type !== 'adaptive')) return undefined;
  const text = display === 'omitted' ? '' : reasoning.text;
  const signature = reasoning.signature ?? memory.newId('EqQBsignature');
  memory.signed.set(signature, text);
  const block: Block = {
    whole: { type: 'thinking', thinking: text, signature },
    start: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      ...cut(text, pieces).map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature },
    ],
  };
  return { block, signature };
}

function textBlocks(answer: VendorAnswer): readonly Block[] {
  return segmentsOf(answer).map(({ text, citation }) => {
    const citations =
      citation === undefined
        ? undefined
        : [
            {
              type: 'web_search_result_location',
              cited_text: text,
              url: citation.url,
              title: citation.title,
              encrypted_index: 'Eo8BCioIAhgB',
            },
          ];
    return {
      whole: { type: 'text', text, ...(citations !== undefined && { citations }) },
      start: { type: 'text', text: '', ...(citations !== undefined && { citations: [] }) },
      deltas: [
        ...(citations ?? []).map((each) => ({ type: 'citations_delta', citation: each })),
        ...cut(text, answer.pieces).map((piece) => ({ type: 'text_delta', text: piece })),
      ],
    };
  });
}

/** Blocks follow each other and never interleave. A call without arguments is streamed without any. */
function toolBlocks(answer: VendorAnswer, signature: string | undefined, memory: AnthropicMemory): readonly Block[] {
  return (answer.toolCalls ?? []).map(({ name, arguments: text }) => {
    const id = memory.newId('toolu_01');
    if (signature !== undefined) memory.signatureOfCall.set(id, signature);
    const partial = ['', ...(text === '{}' ? [] : cut(text, answer.pieces))];
    return {
      whole: { type: 'tool_use', id, name, input: new RawJson(text) },
      start: { type: 'tool_use', id, name, input: {} },
      deltas: partial.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
    };
  });
}
