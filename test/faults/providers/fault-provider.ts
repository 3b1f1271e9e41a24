import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { selfSigned } from './certificate.ts';
import type { Door, FaultCase, Turn } from './fault.ts';
import { type FullDoor, openFullDoor } from './full-door.ts';
import { answer } from './replies.ts';
import { SHAPES } from './shapes.ts';

/** What the provider has seen of one case. */
export class CaseLog {
  /** When each request, or each connection where no request was read, came: monotonic milliseconds. */
  readonly calls: number[] = [];
  #pieces = 0;
  readonly #waiting: { readonly pieces: number; readonly resolve: () => void }[] = [];

  /** The client has received so many pieces so far. */
  clientHas(pieces: number): void {
    this.#pieces = Math.max(this.#pieces, pieces);
    for (const { pieces: wanted, resolve } of this.#waiting) if (wanted <= this.#pieces) resolve();
  }

  waitForClient(pieces: number): Promise<void> {
    if (pieces <= this.#pieces) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ pieces, resolve }));
  }
}

const HEAD_END = '\r\n\r\n';

/** Port 1 is reserved, and nobody listens there. */
const CLOSED_URL = 'http://127.0.0.1:1';

/** No resolver is asked for a label that is too long for DNS. */
const NAMELESS_URL = `http://${'x'.repeat(64)}.invalid`;

/** One provider on loopback that commits every fault: which, the first segment of the path says. */
export class FaultProvider {
  readonly logs = new Map<string, CaseLog>();
  readonly #cases = new Map<string, FaultCase>();
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #canary = createServer((socket) => {
    this.canaryHits += 1;
    socket.destroy();
  });
  readonly #doors: Server[] = [];
  readonly #sockets = new Set<Socket>();
  /** Connections whose answer is not whole: the router has to close each of them. */
  readonly #unfinished = new Set<Socket>();
  #fullDoor: FullDoor | undefined;
  #nextChange: (() => void)[] = [];
  canaryHits = 0;

  static async start(): Promise<FaultProvider> {
    const provider = new FaultProvider();
    await Promise.all([listen(provider.#server), listen(provider.#canary)]);
    return provider;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  get unfinishedAnswers(): number {
    return this.#unfinished.size;
  }

  get healthyUrl(): string {
    return urlOf(this.#server);
  }

  /** Resolves when a connection has closed. */
  nextClose(): Promise<void> {
    return new Promise((resolve) => this.#nextChange.push(resolve));
  }

  /** The base URL of a provider that plays this case. */
  async add(faultCase: FaultCase): Promise<string> {
    const log = new CaseLog();
    this.logs.set(faultCase.name, log);
    this.#cases.set(faultCase.name, faultCase);
    const { door } = faultCase.fault;
    return door === undefined ? `${urlOf(this.#server)}/${faultCase.name}` : this.#openDoor(door, log);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const servers = [this.#server, this.#canary, ...this.#doors];
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    await this.#fullDoor?.close();
  }

  async #openDoor(door: Door, log: CaseLog): Promise<string> {
    switch (door.kind) {
      case 'none':
        return CLOSED_URL;
      case 'no-name':
        return NAMELESS_URL;
      case 'full':
        this.#fullDoor ??= await openFullDoor();
        return `http://127.0.0.1:${this.#fullDoor.port}`;
      case 'tls':
        return (await this.#listenOn(door.speaks === 'tls' ? tlsServer() : garbageServer(), log)).replace(
          'http',
          'https',
        );
      case 'accept':
        return this.#listenOn(createServer(door.onAccept), log);
      default:
        return door satisfies never;
    }
  }

  async #listenOn(server: Server, log: CaseLog): Promise<string> {
    server.on('connection', (socket) => {
      log.calls.push(performance.now());
      this.#watch(socket);
      this.#unfinished.add(socket);
      // Whoever does not read does not notice either that the other side has gone.
      socket.resume();
    });
    this.#doors.push(server);
    await listen(server);
    return urlOf(server);
  }

  #watch(socket: Socket): void {
    this.#sockets.add(socket);
    // A router that hangs up in the middle of an answer is what many faults are about.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#unfinished.delete(socket);
      for (const listener of this.#nextChange.splice(0)) listener();
    });
  }

  #serve(socket: Socket): void {
    this.#watch(socket);
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      const lengthBytes = requestLength(pending);
      if (lengthBytes === undefined || pending.length < lengthBytes) return;
      const request = pending.subarray(0, lengthBytes);
      pending = pending.subarray(lengthBytes);
      this.#unfinished.add(socket);
      void this.#play(socket, request);
    });
  }

  async #play(socket: Socket, request: Buffer): Promise<void> {
    const path = request.subarray(0, request.indexOf('\r\n')).toString('latin1').split(' ')[1] ?? '';
    const name = decodeURIComponent(path.split('/')[1] ?? '');
    const faultCase = this.#cases.get(name);
    const log = this.logs.get(name);
    log?.calls.push(performance.now());
    const turn: Turn = {
      shape: SHAPES[faultCase?.provider ?? shapeOfPath(path)],
      isStream: isStreamed(path, request),
      socket,
      nth: log?.calls.length ?? 1,
      canaryUrl: urlOf(this.#canary),
      path,
      done: () => void this.#unfinished.delete(socket),
      clientHas: (pieces) => log?.waitForClient(pieces) ?? Promise.resolve(),
    };
    await (faultCase?.fault.play ?? answer)(turn);
  }
}

function tlsServer(): Server {
  return createTlsServer(selfSigned());
}

function garbageServer(): Server {
  return createServer((socket) => void socket.write('220 mail.example ESMTP ready\r\n'));
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return `http://127.0.0.1:${address.port}`;
}

/** Head and body together; undefined while the head is not whole. */
function requestLength(bytes: Buffer): number | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const length = /content-length: (\d+)/i.exec(bytes.subarray(0, headEnd).toString('latin1'));
  return headEnd + HEAD_END.length + Number(length?.[1] ?? 0);
}

function isStreamed(path: string, request: Buffer): boolean {
  return path.includes(':streamGenerateContent') || request.includes('"stream":true');
}

function shapeOfPath(path: string): keyof typeof SHAPES {
  if (path.includes('/chat/completions')) return 'openai';
  return path.endsWith('/messages') ? 'anthropic' : 'gemini';
}
