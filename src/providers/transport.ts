import type { JsonObject } from '../lib/json.ts';

/** One exchange with a provider in wire terms: bytes out, status, headers and bytes back. */

/** Where a call goes; split once, because a URL takes itself apart anew at every look. */
export interface Endpoint {
  readonly origin: string;
  /** With the query string. */
  readonly path: string;
}

/** What an in-process provider has to know of the model that is asked for; the network needs none of it. */
export interface TransportModel {
  /** `provider/model`: tells models apart that the provider knows by the same name. */
  readonly key?: string;
  /** The name the provider knows it by; the request itself may name another one. */
  readonly upstreamName: string;
  readonly localPath: string | undefined;
  readonly contextWindow: number | undefined;
  readonly maxOutputTokens: number | undefined;
  /** `[models.config]` as written. */
  readonly config: JsonObject;
  /** `[providers.settings]` as written. */
  readonly provider: { readonly settings: JsonObject };
}

export interface TransportRequest {
  readonly endpoint: Endpoint;
  readonly method: 'POST' | 'GET';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
  readonly model?: TransportModel;
}

/** Control over a body on its way: a reader that is full pauses it, a client that left ends it. */
export interface ReplyControl {
  pause(): void;
  resume(): void;
  /** Closes the connection. No callback follows. */
  abort(): void;
}

export type ReplyHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Callbacks instead of streams: on the hot path they cost a third. Exactly one of `onEnd` and `onError` comes last. */
export interface ReplyHandler {
  /** The request is on its way. Comes first, before any answer, so that it can be aborted from the start. */
  onStart(control: ReplyControl): void;
  onHead(status: number, headers: ReplyHeaders): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  /** The connection could not be made, broke, or its bytes are not HTTP. */
  onError(error: Error): void;
}

/** What an in-process provider gets of the router it runs in. */
export interface TransportSurroundings {
  /** Folder of the router's own files. */
  readonly dataDir: string;
  /** What an operator should know: for the log, never for a client. */
  readonly onNotice: (message: string) => void;
}

export interface Transport {
  /** Never throws; every failure arrives at `handler.onError`. */
  send(request: TransportRequest, handler: ReplyHandler): void;
  close(): Promise<void>;
}
