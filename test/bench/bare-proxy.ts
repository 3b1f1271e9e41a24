// The least that a Node gateway can do, and the unit of every ratio: node:http in front, undici's dispatcher behind,
// bytes handed on with back-pressure. No routes, no keys, no limits, no records. It is started as plain JavaScript
// from one string (see candidates.ts), so it imports nothing of this folder.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Dispatcher, Pool } from 'undici';

const KEEP_ALIVE_MS = 600_000;
/** Belong to one connection and not to the answer. */
const HOP_HEADERS = ['connection', 'keep-alive', 'transfer-encoding'];

const pool = new Pool(process.env['BENCH_PROVIDER_URL'] ?? '', {
  connections: 1024,
  pipelining: 1,
  headersTimeout: 0,
  bodyTimeout: 0,
});

class Relay implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  onRequestStart(): void {}

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    for (const name of HOP_HEADERS) delete headers[name];
    this.#response.writeHead(status, headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#response.write(chunk)) return;
    controller.pause();
    this.#response.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    this.#response.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#response.destroy(error);
  }
}

function forward(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer bench-provider-key' };
  pool.dispatch({ method: 'POST', path: request.url ?? '/', headers, body }, new Relay(response));
}

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const [only] = parts;
    forward(request, parts.length === 1 && only !== undefined ? only : Buffer.concat(parts), response);
  });
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
