/** How a provider of each format words what it does. */

export type ShapeId = 'openai' | 'anthropic' | 'gemini';

export const SHAPE_IDS: readonly ShapeId[] = ['openai', 'anthropic', 'gemini'];

/** What a healthy answer says, piece by piece. */
export const WORDS = ['one ', 'two ', 'thr\u00e9e ', 'four ', 'five ', 'six'] as const;

export const TEXT = WORDS.join('');

export interface Shape {
  readonly id: ShapeId;
  /** `type` in router.toml. */
  readonly providerType: string;
  /** A whole answer. Without `usage` the provider does not say what it used. */
  whole(text: string, usage?: unknown): Record<string, unknown>;
  /** Frames before the first content. */
  readonly starts: readonly string[];
  piece(text: string): string;
  /** Frames that say why the answer ends, and what it used. */
  finish(usage?: unknown): readonly string[];
  /** The end marker, in formats that have one. */
  readonly ends: readonly string[];
  error(status: number, message: string): Record<string, unknown>;
  errorFrame(message: string): string;
  /** A frame that is no answer, as this vendor keeps a stream alive. */
  readonly ping: string;
  usage(input: unknown, output: unknown): Record<string, unknown>;
}

export const dataFrame = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

const namedFrame = (type: string, members: Record<string, unknown> = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;

const withUsage = (name: string, usage: unknown): Record<string, unknown> =>
  usage === undefined ? {} : { [name]: usage };

const openaiChunk = (members: Record<string, unknown>): string =>
  dataFrame({ id: 'chatcmpl-fault', object: 'chat.completion.chunk', created: 1, model: 'm', ...members });

const openaiDelta = (delta: Record<string, unknown>, finishReason: string | null = null): string =>
  openaiChunk({ choices: [{ index: 0, delta, finish_reason: finishReason }] });

/** https://platform.openai.com/docs/api-reference/chat/streaming */
const openai: Shape = {
  id: 'openai',
  providerType: 'openai-compatible',
  whole: (content, usage) => ({
    id: 'chatcmpl-fault',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    ...withUsage('usage', usage),
  }),
  starts: [openaiDelta({ role: 'assistant', content: '' })],
  piece: (content) => openaiDelta({ content }),
  finish: (usage) => [openaiDelta({}, 'stop'), ...(usage === undefined ? [] : [openaiChunk({ choices: [], usage })])],
  ends: ['data: [DONE]\n\n'],
  error: (_status, message) => ({ error: { message, type: 'server_error', param: null, code: null } }),
  errorFrame: (message) => dataFrame({ error: { message, type: 'server_error', param: null, code: null } }),
  ping: ': ping\n\n',
  usage: (input, output) => ({ prompt_tokens: input, completion_tokens: output, total_tokens: 15 }),
};

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
const anthropic: Shape = {
  id: 'anthropic',
  providerType: 'claude',
  whole: (text, usage) => ({
    id: 'msg_fault',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    ...withUsage('usage', usage),
  }),
  starts: [
    namedFrame('message_start', {
      message: {
        id: 'msg_fault',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [],
        stop_reason: null,
        stop_sequence: null,
      },
    }),
    namedFrame('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  ],
  piece: (text) => namedFrame('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
  finish: (usage) => [
    namedFrame('content_block_stop', { index: 0 }),
    namedFrame('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      ...withUsage('usage', usage),
    }),
  ],
  ends: [namedFrame('message_stop')],
  error: (status, message) => ({
    type: 'error',
    error: { type: ANTHROPIC_TYPES[status] ?? 'api_error', message },
  }),
  errorFrame: (message) => namedFrame('error', { error: { type: 'api_error', message } }),
  ping: namedFrame('ping'),
  usage: (input, output) => ({ input_tokens: input, output_tokens: output }),
};

/** https://platform.claude.com/docs/en/api/errors */
const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

const geminiChunk = (parts: readonly unknown[], members: Record<string, unknown> = {}): string =>
  dataFrame({ candidates: [{ index: 0, content: { role: 'model', parts }, ...members }], modelVersion: 'm' });

/** https://ai.google.dev/api/generate-content */
const gemini: Shape = {
  id: 'gemini',
  providerType: 'gemini',
  whole: (text, usage) => ({
    candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP' }],
    modelVersion: 'm',
    ...withUsage('usageMetadata', usage),
  }),
  starts: [geminiChunk([{ text: '' }])],
  piece: (text) => geminiChunk([{ text }]),
  finish: (usage) => [
    dataFrame({
      candidates: [{ index: 0, content: { role: 'model', parts: [{ text: '' }] }, finishReason: 'STOP' }],
      modelVersion: 'm',
      ...withUsage('usageMetadata', usage),
    }),
  ],
  ends: [],
  error: (status, message) => ({ error: { code: status, message, status: GOOGLE_NAMES[status] ?? 'INTERNAL' } }),
  errorFrame: (message) => dataFrame({ error: { code: 500, message, status: 'INTERNAL' } }),
  ping: ': ping\n\n',
  usage: (input, output) => ({ promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: 15 }),
};

/** https://cloud.google.com/apis/design/errors#handling_errors */
const GOOGLE_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

export const SHAPES: Readonly<Record<ShapeId, Shape>> = { openai, anthropic, gemini };

/** All frames of a healthy stream. */
export function healthyFrames(shape: Shape, words: readonly string[] = WORDS): readonly string[] {
  return [
    ...shape.starts,
    ...words.map((word) => shape.piece(word)),
    ...shape.finish(shape.usage(10, 5)),
    ...shape.ends,
  ];
}
