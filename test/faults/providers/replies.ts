import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Play, Turn } from './fault.ts';
import { healthyFrames, TEXT } from './shapes.ts';

/** Plays that tables of faults are made of. All write raw HTTP, so that any of its rules may be broken. */

type Headers = Readonly<Record<string, string | number>>;

export const JSON_TYPE = { 'content-type': 'application/json' } as const;
export const SSE_TYPE = { 'content-type': 'text/event-stream' } as const;
export const CHUNKED = { 'transfer-encoding': 'chunked' } as const;

export function head(status: number, headers: Headers = {}): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Scripted\r\n${lines.join('')}\r\n`;
}

export function chunk(data: string | Buffer): Buffer {
  const bytes = Buffer.from(data as string);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

export const LAST_CHUNK = '0\r\n\r\n';

/** A whole answer of known length. */
export function sendBody(turn: Turn, status: number, headers: Headers, body: string | Buffer): void {
  const bytes = Buffer.from(body as string);
  turn.socket.write(head(status, { 'content-length': bytes.length, ...headers }));
  turn.socket.write(bytes);
  turn.done();
}

export function sendJson(turn: Turn, status: number, value: unknown, headers: Headers = {}): void {
  sendBody(turn, status, { ...JSON_TYPE, ...headers }, JSON.stringify(value));
}

export const body =
  (status: number, headers: Headers, text: string | Buffer): Play =>
  (turn) =>
    sendBody(turn, status, headers, text);

/** A status that has no body. */
export const noBody =
  (status: number): Play =>
  (turn) => {
    turn.socket.write(head(status));
    turn.done();
  };

/** An error answer in the vendor's own words. */
export const failWith =
  (status: number, headers: Headers = {}, message = 'scripted failure'): Play =>
  (turn) =>
    sendJson(turn, status, turn.shape.error(status, message), headers);

/** One play for whole answers, another for streams. */
export const either =
  (whole: Play, stream: Play): Play =>
  (turn) =>
    turn.isStream ? stream(turn) : whole(turn);

/** The healthy answer. */
export const answer: Play = (turn) => {
  if (turn.isStream) sendFrames(turn, healthyFrames(turn.shape));
  else sendJson(turn, 200, turn.shape.whole(TEXT, turn.shape.usage(10, 5)));
};

/** A whole stream with its proper end. */
export function sendFrames(turn: Turn, frames: readonly string[], headers: Headers = {}): void {
  startStream(turn, headers);
  for (const frame of frames) turn.socket.write(chunk(frame));
  turn.socket.write(LAST_CHUNK);
  turn.done();
}

export function startStream(turn: Turn, headers: Headers = {}): void {
  turn.socket.write(head(200, { ...SSE_TYPE, ...CHUNKED, ...headers }));
}

export function writeChunks(turn: Turn, frames: readonly string[]): void {
  for (const frame of frames) turn.socket.write(chunk(frame));
}

export const stream =
  (framesOf: (turn: Turn) => readonly string[], headers: Headers = {}): Play =>
  (turn) =>
    sendFrames(turn, framesOf(turn), headers);

/** Says nothing more and holds the connection. */
export const silence: Play = () => undefined;

export const close: Play = ({ socket }) => void socket.destroy();

export const reset: Play = ({ socket }) => void socket.resetAndDestroy();

/** Repeats until the connection is closed, with a pause between two times; at most for a while. */
export async function repeat(turn: Turn, pauseMs: number, action: () => void): Promise<void> {
  const MAX_TIMES = 2000;
  for (let times = 0; times < MAX_TIMES && !turn.socket.destroyed; times += 1) {
    action();
    await delay(pauseMs);
  }
}

/** Writes as fast as it is taken, until the connection is closed or so many bytes are written. */
export async function flood(turn: Turn, piece: Buffer, limitBytes: number): Promise<void> {
  const { socket } = turn;
  for (let sentBytes = 0; sentBytes < limitBytes && !socket.destroyed; sentBytes += piece.length) {
    if (!socket.write(piece)) await roomOrEnd(socket);
  }
}

function roomOrEnd(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      socket.off('drain', finish).off('close', finish);
      resolve();
    };
    socket.on('drain', finish).on('close', finish);
  });
}
