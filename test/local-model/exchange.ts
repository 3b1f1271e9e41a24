import { EventEmitter, once } from 'node:events';
import type { ReplyControl, ReplyHeaders, Transport, TransportModel } from '../../src/providers/transport.ts';

export interface Exchange {
  readonly control: ReplyControl;
  readonly chunks: readonly string[];
  readonly status: number | undefined;
  readonly headers: ReplyHeaders;
  readonly outcome: 'end' | 'error' | undefined;
  readonly error: Error | undefined;
  /** Resolves with the last callback. */
  readonly over: Promise<void>;
  /** Resolves when a stream has come to its first text. */
  text(): Promise<void>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  json(): any;
  /** Events of a stream; the end marker is a text. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  events(): any[];
}

export interface ExchangeOptions {
  readonly model?: TransportModel;
  readonly path?: string;
}

/** Sends one request and notes what comes back. A text is sent as it is. */
export function exchange(transport: Transport, body: object | string, options: ExchangeOptions = {}): Exchange {
  const { path = '/v1/chat/completions', model } = options;
  const signals = new EventEmitter();
  const chunks: string[] = [];
  const reply: { status?: number; headers: ReplyHeaders; outcome?: 'end' | 'error'; error?: Error } = { headers: {} };
  const over = once(signals, 'over').then(() => undefined);
  let control: ReplyControl | undefined;
  const finish = (outcome: 'end' | 'error', error?: Error): void => {
    if (reply.outcome !== undefined) throw new Error('two last callbacks');
    Object.assign(reply, { outcome, error });
    signals.emit('over');
  };
  transport.send(
    {
      endpoint: { origin: 'https://transformers.invalid', path },
      method: 'POST',
      headers: {},
      body: typeof body === 'string' ? body : Buffer.from(JSON.stringify(body)),
      ...(model === undefined ? {} : { model }),
    },
    {
      onStart: (given) => {
        control = given;
      },
      onHead: (status, headers) => Object.assign(reply, { status, headers }),
      onData: (chunk) => {
        chunks.push(chunk.toString());
        signals.emit('chunk');
      },
      onEnd: () => finish('end'),
      onError: (error) => finish('error', error),
    },
  );
  if (control === undefined) throw new Error('onStart has to come at once');
  return {
    control,
    chunks,
    over,
    get status() {
      return reply.status;
    },
    get headers() {
      return reply.headers;
    },
    get outcome() {
      return reply.outcome;
    },
    get error() {
      return reply.error;
    },
    text: async () => {
      while (!/"content":"[^"]/.test(chunks.join(''))) await once(signals, 'chunk');
    },
    json: () => JSON.parse(chunks.join('')),
    events: () => readEvents(chunks.join('')),
  };
}

/** The same, when it is over. */
export async function ask(
  transport: Transport,
  body: object | string,
  options: ExchangeOptions = {},
): Promise<Exchange> {
  const asked = exchange(transport, body, options);
  await asked.over;
  return asked;
}

/** What router.toml says of a model whose name at the provider is `upstreamName`. */
export function transportModel(
  upstreamName: string,
  draft: Partial<Omit<TransportModel, 'provider'>> & {
    readonly settings?: TransportModel['provider']['settings'];
  } = {},
): TransportModel {
  const { settings = {}, ...rest } = draft;
  return {
    upstreamName,
    localPath: undefined,
    contextWindow: undefined,
    maxOutputTokens: undefined,
    config: {},
    provider: { settings },
    ...rest,
  };
}

function readEvents(text: string): unknown[] {
  const frames = text.split('\n\n').filter((frame) => frame !== '');
  return frames.map((frame) => {
    const data = frame.slice('data: '.length);
    return data === '[DONE]' ? data : (JSON.parse(data) as unknown);
  });
}
