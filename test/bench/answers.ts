/** How the mock provider answers a request; the prompt says which, so that no gateway can lose it on the way. */
export const ANSWER_KINDS = ['whole', 'burst', 'paced'] as const;

export type AnswerKind = (typeof ANSWER_KINDS)[number];

/** Pieces of text in a streamed answer. */
export const CONTENT_EVENTS = 200;
/** Beside the text: the role, the finish reason, the usage, and `[DONE]`. */
export const STREAM_EVENTS = CONTENT_EVENTS + 4;
export const PACE_MS = 5;

const MARKER = '#answer:';

export function markerOf(kind: AnswerKind): string {
  return `${MARKER}${kind}#`;
}

/** Undefined for a body without a marker. Looks from the end, where the last message of a prompt stands. */
export function kindIn(body: Buffer): AnswerKind | undefined {
  const at = body.lastIndexOf(MARKER);
  if (at === -1) return undefined;
  const rest = body.toString('latin1', at, at + 20);
  return ANSWER_KINDS.find((kind) => rest.startsWith(markerOf(kind)));
}

const TEXT = [
  'A caller says what it needs and not who should do it. The router keeps the models that carry every tag, drops those ',
  'that are switched off, out of tokens or out of reach, and asks the one with the highest priority.\n\n',
  '- "fast" and "cheap" are only words: what they mean is written in one file.\n',
  '- A provider that fails before the first word is replaced by the next one.\n',
  '- Each call leaves one record with its tokens, its time and its price.\n\n',
  'So a program keeps its prompt, and the choice of the model moves to where it can be changed without a release.',
].join('');

const WORDS = [' every', ' answer', ' comes', ' in', ' small', ' pieces', ',', ' one', ' after', ' another', '.'];

const COMMON = { id: 'chatcmpl-0f1e2d3c4b5a69788796a5b4c3d2e', created: 1_760_000_000, model: 'bench-chat-2026-01-01' };

const TOKEN_DETAILS = {
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
};

/** A chat completion of about 1.1 KB. */
export function wholeAnswer(): Buffer {
  const message = { role: 'assistant', content: TEXT, refusal: null, annotations: [] };
  return Buffer.from(
    JSON.stringify({
      ...COMMON,
      object: 'chat.completion',
      choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: 48, completion_tokens: 130, total_tokens: 178, ...TOKEN_DETAILS },
      service_tier: 'default',
    }),
  );
}

export interface StreamAnswer {
  /** The role and the first piece of text, which providers send together. */
  readonly head: Buffer;
  /** The other pieces of text, about 330 bytes each. */
  readonly pieces: readonly Buffer[];
  /** The finish reason, the usage and `[DONE]`. */
  readonly end: Buffer;
}

export function streamAnswer(): StreamAnswer {
  const contents = Array.from({ length: CONTENT_EVENTS }, (_, index) =>
    event({ content: WORDS[index % WORDS.length] }),
  );
  const [first = '', ...others] = contents;
  const counts = { prompt_tokens: 48, completion_tokens: CONTENT_EVENTS, total_tokens: 48 + CONTENT_EVENTS };
  const usage = sse({ ...chunkOf([]), usage: { ...counts, ...TOKEN_DETAILS } });
  return {
    head: Buffer.from(event({ role: 'assistant', content: '', refusal: null }) + first),
    pieces: others.map((text) => Buffer.from(text)),
    end: Buffer.from(`${event({}, 'stop')}${usage}data: [DONE]\n\n`),
  };
}

function event(delta: object, finishReason: string | null = null): string {
  return sse(chunkOf([{ index: 0, delta, logprobs: null, finish_reason: finishReason }]));
}

function chunkOf(choices: readonly object[]): object {
  const frame = { service_tier: 'default', system_fingerprint: 'fp_5e1f0a7c93', obfuscation: 'p'.repeat(24) };
  return { ...COMMON, object: 'chat.completion.chunk', ...frame, choices, usage: null };
}

function sse(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
