import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { RouterError } from '../errors/router-error.ts';
import { ClientConnection } from './client-connection.ts';
import type { EdgeLimits } from './edge-limits.ts';
import type { NodeSink } from './node-sink.ts';
import { refuseSocket } from './refuse-socket.ts';

/**
 * From one probe of a half-closed connection to the next: at 0, 10, 50 and 1,000 ms. No more of them, because clients
 * may take no more than five interim answers: https://github.com/golang/go/issues/65035
 */
const PROBE_DELAYS_MS: readonly number[] = [10, 40, 950];

/**
 * The connections of clients, and what one of them may not do to the others: be too many, ask without waiting for the
 * answers, send a body byte by byte, or close its half of the connection unnoticed. One interval looks at all of them.
 */
export class ClientConnections {
  readonly #limits: EdgeLimits;
  readonly #connections = new Map<Socket, ClientConnection>();
  #interval: NodeJS.Timeout | undefined;
  #isDraining = false;

  constructor(limits: EdgeLimits) {
    this.#limits = limits;
  }

  /** Some request has no whole answer yet. */
  get isBusy(): boolean {
    for (const connection of this.#connections.values()) if (connection.isBusy) return true;
    return false;
  }

  accept(socket: Socket): void {
    const isSurplus = this.#connections.size >= this.#limits.maxConnections;
    const connection = new ClientConnection(socket, isSurplus);
    this.#connections.set(socket, connection);
    socket.on('end', () => this.#probe(connection));
    socket.on('close', () => this.#forget(connection));
    this.#interval ??= setInterval(() => this.#lookAtAll(), this.#limits.checkIntervalMs).unref();
  }

  /**
   * A request has come in on its connection. Returns why it gets no answer, where it does not: there were too many
   * connections when that one came, or too many requests wait for their answers on it.
   */
  begin(incoming: IncomingMessage, sink: NodeSink): RouterError | undefined {
    const connection = this.#connections.get(incoming.socket);
    if (connection === undefined) return undefined;
    if (this.#isDraining) sink.closeAfterAnswer();
    if (!connection.begin(incoming, sink)) return tooMany(TOO_MANY_AHEAD);
    return connection.isSurplus ? tooMany({}) : undefined;
  }

  /** From now on every answer is the last one of its connection, and says so. */
  drain(): void {
    this.#isDraining = true;
    for (const { sinks } of this.#connections.values()) for (const sink of sinks) sink.closeAfterAnswer();
  }

  /** Ends every answer that is under way, and every upload, with `reason`: as a status or as the last event of a stream. */
  cutAll(reason: RouterError): void {
    for (const { socket, sinks } of this.#connections.values()) {
      const isUploading = sinks.some((sink) => !sink.cut(reason) && !sink.hasBegun);
      if (isUploading) this.refuse(socket, reason);
    }
  }

  /** The bytes on a connection are no HTTP, or came too slowly. */
  refuse(socket: Socket, error: RouterError): void {
    const mayRefuse = this.#connections.get(socket)?.mayRefuse !== false;
    if (mayRefuse && socket.writable) refuseSocket(socket, error);
    else socket.destroy();
  }

  /**
   * A client that has left refuses what is written to it, which shows only when more is written after that. So it is
   * asked again a few times, and then believed that it still reads.
   */
  #probe(connection: ClientConnection, count = 0): void {
    const delayMs = PROBE_DELAYS_MS[count];
    if (!connection.onEnd() || delayMs === undefined) return;
    setTimeout(() => this.#probe(connection, count + 1), delayMs).unref();
  }

  #forget({ socket, sinks }: ClientConnection): void {
    this.#connections.delete(socket);
    for (const sink of sinks) sink.onConnectionClosed();
    if (this.#connections.size > 0) return;
    clearInterval(this.#interval);
    this.#interval = undefined;
  }

  #lookAtAll(): void {
    const { bodyGraceMs, minBodyBytesPerSecond, checkIntervalMs } = this.#limits;
    for (const connection of this.#connections.values()) {
      connection.forgetDone();
      const upload = connection.lookAtUpload();
      if (upload === undefined) continue;
      const elapsedMs = (upload.looks - 1) * checkIntervalMs;
      const isTooSlow = upload.receivedBytes < (elapsedMs / 1000) * minBodyBytesPerSecond;
      if (elapsedMs >= bodyGraceMs && isTooSlow) this.refuse(connection.socket, new RouterError('request.timeout'));
    }
  }
}

/** A place may be free as soon as another client goes. */
const RETRY_AFTER_MS = 1000;

const TOO_MANY_AHEAD = { publicMessage: 'Too many requests wait for their answers on this connection.' };

function tooMany(options: { readonly publicMessage?: string }): RouterError {
  return new RouterError('server.too_many_connections', { retryAfterMs: RETRY_AFTER_MS, ...options });
}
