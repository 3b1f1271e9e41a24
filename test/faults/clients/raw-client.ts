import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A client that may send any bytes in any order, and leave in any way. */
export class RawClient {
  readonly socket: Socket;
  /** Everything that has come, one character a byte. */
  received = '';
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  #wake: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      this.#wakeAll();
    });
    // What matters of a broken connection is that it is over.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        resolve();
        this.#wakeAll();
      });
    });
  }

  static async connect(url: string): Promise<RawClient> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    const client = new RawClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Ends the own half of the connection. */
  finish(): void {
    this.socket.end();
  }

  /** Closes the connection as a process does that ends. */
  leave(): void {
    this.socket.destroy();
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Resolves when `isThere` holds for what has come. Rejects when the connection is over before. */
  async until(isThere: (received: string) => boolean): Promise<void> {
    while (!isThere(this.received)) {
      if (this.socket.closed) throw new Error(`closed after ${JSON.stringify(this.received.slice(0, 500))}`);
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** The next whole answer; it is taken out of `received`. */
  async answer(): Promise<RawAnswer> {
    await this.until((received) => answerEnd(received) !== undefined);
    const end = answerEnd(this.received) ?? 0;
    const text = this.received.slice(0, end);
    this.received = this.received.slice(end);
    return parseAnswer(text);
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

function headersOf(head: string): ReadonlyMap<string, string> {
  const lines = head.split('\r\n').slice(1);
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
}

/** Index after the first answer in `received`; undefined while it is not whole. */
function answerEnd(received: string): number | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const bodyStart = headEnd + 4;
  const status = Number(received.slice(9, 12));
  if (status < 200) return bodyStart;
  const headers = headersOf(received.slice(0, headEnd));
  const length = headers.get('content-length');
  if (length !== undefined)
    return received.length >= bodyStart + Number(length) ? bodyStart + Number(length) : undefined;
  if (headers.get('transfer-encoding') !== 'chunked') return undefined;
  const last = received.indexOf('\r\n0\r\n\r\n', headEnd);
  return last === -1 ? undefined : last + 7;
}

function parseAnswer(text: string): RawAnswer {
  const headEnd = text.indexOf('\r\n\r\n');
  const headers = headersOf(text.slice(0, headEnd));
  const raw = text.slice(headEnd + 4);
  const body = headers.get('transfer-encoding') === 'chunked' ? withoutChunks(raw) : raw;
  return { status: Number(text.slice(9, 12)), headers, body: Buffer.from(body, 'latin1').toString('utf8') };
}

function withoutChunks(raw: string): string {
  let body = '';
  for (let at = 0; at < raw.length; ) {
    const sizeEnd = raw.indexOf('\r\n', at);
    const size = Number.parseInt(raw.slice(at, sizeEnd), 16);
    body += raw.slice(sizeEnd + 2, sizeEnd + 2 + size);
    at = sizeEnd + 4 + size;
  }
  return body;
}

export interface RequestOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly version?: '1.0' | '1.1';
}

/** The bytes of a proper request. */
export function requestBytes({ method, path, headers = {}, body = '', version = '1.1' }: RequestOptions): string {
  const all = { host: 'localhost', 'content-type': 'application/json', 'content-length': `${body.length}`, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method ?? 'POST'} ${path ?? '/v1/chat/completions'} HTTP/${version}\r\n${lines.join('')}\r\n${body}`;
}

/** The body of a chat request for `words`. */
export function chatBody(words: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ model: 'fake/writer', messages: [{ role: 'user', content: words }], ...more });
}
