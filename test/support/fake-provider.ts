import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
  readonly body: any;
}

export type Responder = (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>;

/** A real HTTP server on loopback in the place of a provider; `respond` may be changed between requests. */
export class FakeProvider {
  readonly requests: ReceivedRequest[] = [];
  respond: Responder = chatAnswer('Hello from the fake provider.');
  readonly #server = createServer((incoming, response) => void this.#serve(incoming, response));
  readonly #sockets = new Set<Socket>();
  readonly #closed: (() => void)[] = [];

  static async start(): Promise<FakeProvider> {
    const provider = new FakeProvider();
    provider.#server.on('connection', (socket) => {
      provider.#sockets.add(socket);
      socket.on('close', () => {
        provider.#sockets.delete(socket);
        for (const listener of provider.#closed.splice(0)) listener();
      });
    });
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  get last(): ReceivedRequest {
    const last = this.requests.at(-1);
    if (last === undefined) throw new Error('the provider was not called');
    return last;
  }

  /** Resolves when the next connection closes. */
  nextClose(): Promise<void> {
    return new Promise((resolve) => this.#closed.push(resolve));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const request = {
      path: incoming.url ?? '',
      headers: incoming.headers,
      text,
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.requests.push(request);
    await this.respond(request, response);
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** A chat completion in OpenAI's shape. */
export function chatCompletion(content: string, extra: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'chatcmpl-fake',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: 'fake-upstream',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    ...extra,
  };
}

export function chunkOf(delta: Record<string, unknown>, finishReason: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return frame({ id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 1, model: 'fake-upstream', choices });
}

export function frame(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';

export const USAGE_CHUNK = frame({
  id: 'chatcmpl-fake',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'fake-upstream',
  choices: [],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
});

/** The frames of a whole stream that says `words`, with its usage only where the request asked for it. */
export function streamFrames(words: readonly string[], request: ReceivedRequest): string[] {
  const frames = [
    chunkOf({ role: 'assistant', content: '' }),
    ...words.map((content) => chunkOf({ content })),
    chunkOf({}, 'stop'),
  ];
  if (request.body?.stream_options?.include_usage === true) frames.push(USAGE_CHUNK);
  return [...frames, DONE];
}

export function startStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

/** Answers in words, streamed where the request asks for a stream. */
export function chatAnswer(...words: string[]): Responder {
  return (request, response) => {
    if (request.body?.stream !== true) {
      sendJson(response, 200, chatCompletion(words.join('')));
      return;
    }
    startStream(response);
    for (const text of streamFrames(words, request)) response.write(text);
    response.end();
  };
}

export function failWith(
  status: number,
  message = 'scripted failure',
  headers: Record<string, string> = {},
): Responder {
  return (_request, response) =>
    sendJson(response, status, { error: { message, type: 'fake_error', code: null } }, headers);
}
