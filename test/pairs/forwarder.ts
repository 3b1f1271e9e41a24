import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How an answer goes on to the one who asked: head, body and end. */
export type Relay = (answer: IncomingMessage, response: ServerResponse) => Promise<void>;

export function passHead(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, answer.headers);
}

/** A server that hands requests on to another one, and their answers back in its own way. */
export class Forwarder {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(target: () => string, relay: Relay): Promise<Forwarder> {
    const server = createServer((incoming, response) => {
      const { method, url, headers } = incoming;
      const call = request(target() + url, { method, headers }, (answer) => {
        void relay(answer, response);
      });
      call.on('error', () => response.destroy());
      incoming.pipe(call);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Forwarder(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
