import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface ServiceRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
  readonly json: any;
}

type Respond = (request: ServiceRequest, response: ServerResponse) => void | Promise<void>;

/** A loopback server in the place of a provider, for bodies that need not be JSON. */
export class ServiceProvider {
  readonly requests: ServiceRequest[] = [];
  respond: Respond = (_request, response) => answerJson(response, {});
  readonly #server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const isJson = incoming.headers['content-type'] === 'application/json';
    const json = isJson ? JSON.parse(bytes.toString('utf8')) : undefined;
    const request = { path: incoming.url ?? '', headers: incoming.headers, bytes, json };
    this.requests.push(request);
    await this.respond(request, response);
  });
  readonly #sockets = new Set<Socket>();

  static async start(): Promise<ServiceProvider> {
    const provider = new ServiceProvider();
    provider.#server.on('connection', (socket) => {
      provider.#sockets.add(socket);
      socket.on('close', () => provider.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get last(): ServiceRequest {
    const last = this.requests.at(-1);
    if (last === undefined) throw new Error('the provider was not called');
    return last;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

export function answerJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** The form as another implementation reads it. */
export function readForm({ headers, bytes }: ServiceRequest): Promise<FormData> {
  const type = headers['content-type'] ?? '';
  return new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
}
