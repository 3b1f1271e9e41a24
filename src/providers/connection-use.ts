import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { buildConnector, errors } from 'undici';

/** What a connection had read when its newest request was sent. */
const READ_BEFORE = Symbol('bytes read before the newest request');

/** When that was, in monotonic milliseconds. */
const SENT_AT = Symbol('time of the newest request');

interface WatchedSocket extends Socket {
  [READ_BEFORE]?: number;
  [SENT_AT]?: number;
}

/** A provider that hangs up later than this may have been at work on the request: sending it twice would cost twice. */
const STALE_WITHIN_MS = 1000;

/** Errors that come from a connection which had answered before, and had not begun to answer again. */
const fromStaleConnection = new WeakSet<Error>();

/** Published by undici right before the first byte of a request: https://undici.nodejs.org/#/docs/api/DiagnosticsChannel */
const SEND_HEADERS = 'undici:client:sendHeaders';

let isWatching = false;
let nextUser: ConnectionUser | undefined;

/** Somebody who wants to know over which connection a request goes out. */
export interface ConnectionUser {
  onConnection(socket: Socket): void;
}

/** Undici tells the start of a request and sends it in one go, so that the next request that is sent is this one. */
export function awaitConnection(user: ConnectionUser): void {
  watchRequests();
  nextUser = user;
}

function watchRequests(): void {
  if (isWatching) return;
  isWatching = true;
  subscribe(SEND_HEADERS, (message) => {
    const { socket } = message as { readonly socket: WatchedSocket };
    const user = nextUser;
    nextUser = undefined;
    socket[READ_BEFORE] = socket.bytesRead;
    socket[SENT_AT] = performance.now();
    user?.onConnection(socket);
  });
}

/**
 * Connects as undici does, and remembers what each connection has been used for. The time to connect is kept here,
 * because undici's own timers run up to a second late; for those who connect through it they stay as a second line.
 */
export function watchedConnector(connectMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: connectMs }) as SocketConnector;
  return (options, callback) => {
    const connecting = connect(options, (...result) => {
      clearTimeout(timer);
      const [, socket] = result;
      socket?.prependListener('error', (error: Error) => noteUse(error, socket));
      callback(...result);
    });
    const timer = setTimeout(() => connecting.destroy(new errors.ConnectTimeoutError()), connectMs);
  };
}

/** What undici's connector gives back, beyond what its types say. */
type SocketConnector = (...parameters: Parameters<buildConnector.connector>) => Socket;

function noteUse(error: Error, socket: WatchedSocket): void {
  const before = socket[READ_BEFORE] ?? 0;
  const isFresh = performance.now() - (socket[SENT_AT] ?? 0) < STALE_WITHIN_MS;
  if (before > 0 && socket.bytesRead === before && isFresh) fromStaleConnection.add(error);
}

/** The provider closed a connection that was kept alive, just when a request went out on it. */
export function isStaleConnection(error: Error): boolean {
  return fromStaleConnection.has(error);
}
