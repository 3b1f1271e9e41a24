import type { Socket } from 'node:net';
import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import { RouterError } from '../errors/router-error.ts';
import { BodyDecoder, readCoding } from './body-decoder.ts';
import { connectionFailure } from './connection-failure.ts';
import { awaitConnection, type ConnectionUser, isStaleConnection, watchedConnector } from './connection-use.ts';
import type { ReplyControl, ReplyHandler, ReplyHeaders, Transport, TransportRequest } from './transport.ts';

export interface HttpTransportOptions {
  /** Scheme, host and port that every request of this transport goes to. */
  readonly origin: string;
  readonly connectMs: number;
  readonly proxyUrl: string | undefined;
}

/** More at once than one process serves; beyond it requests queue inside the pool. */
const MAX_CONNECTIONS = 1024;

/** The head of an answer: some gateways in between add kilobytes of their own. */
const MAX_HEADER_BYTES = 32 * 1024;

/** The router keeps its own clocks, so undici's are off: its 300 s limits would cut long thinking models. */
const POOL_OPTIONS = {
  headersTimeout: 0,
  bodyTimeout: 0,
  pipelining: 1,
  connections: MAX_CONNECTIONS,
  maxHeaderSize: MAX_HEADER_BYTES,
} as const;

/** Sends the same request once more. */
type Resend = (exchange: HttpExchange) => void;

/**
 * One exchange: bridges undici's dispatch callbacks to a ReplyHandler, keeps its promise of one last callback, unpacks
 * a packed answer, and asks again where nothing but a stale connection failed.
 */
class HttpExchange implements Dispatcher.DispatchHandler, ReplyControl, ConnectionUser {
  readonly #handler: ReplyHandler;
  #resend: Resend | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  /** While it is ours: from the request until the last byte of the answer. */
  #connection: Socket | undefined;
  #decoder: BodyDecoder | undefined;
  #hasHead = false;
  #isOver = false;

  constructor(handler: ReplyHandler, resend: Resend) {
    this.#handler = handler;
    this.#resend = resend;
    handler.onStart(this);
  }

  pause(): void {
    if (this.#decoder === undefined) this.#controller?.pause();
    else this.#decoder.pause();
  }

  resume(): void {
    if (this.#decoder === undefined) this.#controller?.resume();
    else this.#decoder.resume();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#drop();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Aborted while it waited for a connection: undici hands out the controller only now.
    if (this.#isOver) controller.abort(new Error('aborted'));
    else awaitConnection(this);
  }

  onConnection(socket: Socket): void {
    this.#connection = socket;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ReplyHeaders): void {
    const isInformational = status < 200;
    if (this.#isOver || isInformational) return;
    this.#hasHead = true;
    if (headers['content-encoding'] === undefined) this.#handler.onHead(status, headers);
    else this.#onPackedHead(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    if (this.#decoder === undefined) this.#handler.onData(chunk);
    else this.#decoder.write(chunk);
  }

  onResponseEnd(): void {
    this.#connection = undefined;
    if (this.#isOver) return;
    if (this.#decoder === undefined) this.#end();
    else this.#decoder.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#connection = undefined;
    this.fail(error);
  }

  /** Also for what the dispatcher refuses before there is a connection. */
  fail(error: Error): void {
    if (this.#isOver) return;
    const resend = this.#resend;
    if (resend !== undefined && !this.#hasHead && isStaleConnection(error)) {
      // No try of the model: the provider hung up on an idle connection just when the request went out on it.
      this.#resend = undefined;
      resend(this);
      return;
    }
    this.#isOver = true;
    this.#decoder?.destroy();
    this.#handler.onError(connectionFailure(error, this.#hasHead));
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handler.onEnd();
  }

  #onPackedHead(status: number, headers: ReplyHeaders): void {
    const { 'content-encoding': header, 'content-length': _packedLength, ...others } = headers;
    try {
      const coding = readCoding(header);
      if (coding !== undefined) this.#decoder = new BodyDecoder(coding, this.#decoderPorts());
    } catch (thrown) {
      this.#failAndDrop(RouterError.from(thrown));
      return;
    }
    this.#handler.onHead(status, others);
  }

  #decoderPorts(): ConstructorParameters<typeof BodyDecoder>[1] {
    return {
      onData: (chunk) => {
        if (!this.#isOver) this.#handler.onData(chunk);
      },
      onEnd: () => this.#end(),
      onError: (error) => this.#failAndDrop(error),
      onFull: () => this.#controller?.pause(),
      onDrain: () => this.#controller?.resume(),
    };
  }

  /** The answer cannot be read on, although the connection is fine. */
  #failAndDrop(error: RouterError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#drop();
    this.#handler.onError(error);
  }

  /**
   * Closes the connection, because what is unread on it must not become somebody else's answer. Not through undici's
   * own abort where the request is on its way: that one opens a new connection for the request it gives up.
   */
  #drop(): void {
    this.#decoder?.destroy();
    if (this.#connection === undefined) this.#controller?.abort(new Error('aborted'));
    else this.#connection.destroy(new Error('aborted'));
  }
}

/**
 * Transport over HTTP/1.1 connections kept alive to one origin. Redirects are never followed. Answers are asked for
 * unpacked, so that bytes can go through as they come; one that is packed all the same is unpacked.
 */
export function openHttpTransport(options: HttpTransportOptions): Transport {
  const dispatcher =
    options.proxyUrl === undefined
      ? new Pool(options.origin, { ...POOL_OPTIONS, connect: watchedConnector(options.connectMs) })
      : new ProxyAgent({ ...POOL_OPTIONS, uri: options.proxyUrl, connect: { timeout: options.connectMs } });
  return {
    send: (request, handler) => {
      const exchange = new HttpExchange(handler, (again) => dispatch(dispatcher, request, again));
      dispatch(dispatcher, request, exchange);
    },
    close: () => dispatcher.close(),
  };
}

function dispatch(dispatcher: Dispatcher, request: TransportRequest, exchange: HttpExchange): void {
  const { endpoint, method, headers, body } = request;
  try {
    dispatcher.dispatch({ origin: endpoint.origin, path: endpoint.path, method, headers, body }, exchange);
  } catch (thrown) {
    exchange.fail(thrown as Error);
  }
}
