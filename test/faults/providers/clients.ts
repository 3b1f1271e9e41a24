import type { ShapeId } from './shapes.ts';

/** How a client of each format asks, and what it reads in the answers. */
export interface FaultClient {
  path(model: string, isStream: boolean): string;
  request(model: string, isStream: boolean): Record<string, unknown>;
  /** The text of a whole answer. */
  readWhole(body: Wire): string;
  /** What one event of a stream says. */
  readEvent(event: StreamEvent): Partial<StreamWords>;
  /** The router's error code in an error answer. */
  errorCode(body: Wire): unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: answers of any shape are looked into
type Wire = any;

export interface StreamEvent {
  readonly name: string | undefined;
  readonly data: string;
}

interface StreamWords {
  readonly text: string;
  /** The code of an error event. */
  readonly error: unknown;
  /** The model says that it has finished, or the stream that it is over. */
  readonly isStop: boolean;
  /** The format's own end marker. */
  readonly isEnd: boolean;
}

const QUESTION = 'Count to six, please.';

const openai: FaultClient = {
  path: () => '/v1/chat/completions',
  request: (model, stream) => ({ model, stream, messages: [{ role: 'user', content: QUESTION }] }),
  readWhole: (body) => body.choices[0].message.content,
  readEvent: ({ data }) => {
    if (data === '[DONE]') return { isStop: true, isEnd: true };
    const value = parse(data);
    if (value?.error !== undefined) return { error: value.error.code };
    const choice = value?.choices?.[0];
    return { text: choice?.delta?.content ?? '', isStop: typeof choice?.finish_reason === 'string' };
  },
  errorCode: (body) => body?.error?.code,
};

const anthropic: FaultClient = {
  path: () => '/v1/messages',
  request: (model, stream) => ({
    model,
    stream,
    max_tokens: 100,
    messages: [{ role: 'user', content: QUESTION }],
  }),
  readWhole: (body) => body.content.map((block: Wire) => block.text).join(''),
  readEvent: ({ name, data }) => {
    const value = parse(data);
    if (name === 'error' || value?.type === 'error') return { error: value?.error?.code };
    if (value?.type === 'message_stop') return { isStop: true, isEnd: true };
    return { text: value?.delta?.text ?? '', isStop: typeof value?.delta?.stop_reason === 'string' };
  },
  errorCode: (body) => body?.error?.code,
};

const gemini: FaultClient = {
  path: (model, isStream) =>
    `/v1beta/models/${model}:${isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  request: () => ({ contents: [{ role: 'user', parts: [{ text: QUESTION }] }] }),
  readWhole: (body) => body.candidates[0].content.parts.map((part: Wire) => part.text).join(''),
  readEvent: ({ data }) => {
    const value = parse(data);
    if (value?.error !== undefined) return { error: gemini.errorCode(value) };
    const candidate = value?.candidates?.[0];
    const text = (candidate?.content?.parts ?? []).map((part: Wire) => part.text ?? '').join('');
    const isStop = typeof candidate?.finishReason === 'string';
    return { text, isStop, isEnd: isStop };
  },
  errorCode: (body) => body?.error?.details?.find((detail: Wire) => detail?.reason !== undefined)?.reason,
};

export const FAULT_CLIENTS: Readonly<Record<ShapeId, FaultClient>> = { openai, anthropic, gemini };

function parse(text: string): Wire {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
