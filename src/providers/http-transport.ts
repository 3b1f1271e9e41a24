import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import type { ReplyControl, ReplyHandler, Transport, TransportRequest } from './transport.ts';

export interface HttpTransportOptions {
  /** Scheme, host and port that every request of this transport goes to. */
  readonly origin: string;
  readonly connectMs: number;
  readonly proxyUrl: string | undefined;
}

/** More at once than one process serves; beyond it requests queue inside the pool. */
const MAX_CONNECTIONS = 1024;

/** The router keeps its own clocks, so undici's are off: its 300 s limits would cut long thinking models. */
const POOL_OPTIONS = { headersTimeout: 0, bodyTimeout: 0, pipelining: 1, connections: MAX_CONNECTIONS } as const;

/** Bridges undici's dispatch callbacks to a ReplyHandler and keeps its promise of one last callback. */
class DispatchBridge implements Dispatcher.DispatchHandler, ReplyControl {
  readonly #handler: ReplyHandler;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;

  constructor(handler: ReplyHandler) {
    this.#handler = handler;
    handler.onStart(this);
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller?.abort(new Error('aborted'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Aborted while it waited for a connection: undici hands out the controller only now.
    if (this.#isOver) controller.abort(new Error('aborted'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    const isInformational = status < 200;
    if (!this.#isOver && !isInformational) this.#handler.onHead(status, headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#isOver) this.#handler.onData(chunk);
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handler.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  /** Also for what the dispatcher refuses before there is a connection. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#handler.onError(error);
  }
}

/**
 * Transport over HTTP/1.1 connections kept alive to one origin. Redirects are never followed, and answers are asked
 * for uncompressed, so that bytes can go through as they come.
 */
export function openHttpTransport(options: HttpTransportOptions): Transport {
  const connect = { timeout: options.connectMs };
  const dispatcher =
    options.proxyUrl === undefined
      ? new Pool(options.origin, { ...POOL_OPTIONS, connect })
      : new ProxyAgent({ ...POOL_OPTIONS, uri: options.proxyUrl, connect });
  return {
    send: (request, handler) => send(dispatcher, request, handler),
    close: () => dispatcher.close(),
  };
}

function send(dispatcher: Dispatcher, request: TransportRequest, handler: ReplyHandler): void {
  const { endpoint, method, headers, body } = request;
  const bridge = new DispatchBridge(handler);
  try {
    dispatcher.dispatch({ origin: endpoint.origin, path: endpoint.path, method, headers, body }, bridge);
  } catch (thrown) {
    bridge.fail(thrown as Error);
  }
}
