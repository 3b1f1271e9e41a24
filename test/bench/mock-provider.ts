// A provider that costs as little as Node allows: all answers are prepared, and the marker in the prompt picks one.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AnswerKind, kindIn, PACE_MS, streamAnswer, wholeAnswer } from './answers.ts';

const WHOLE = wholeAnswer();
const STREAM = streamAnswer();
const STREAM_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
/** Longer than any pause between two turns of a candidate, so that its connections stay. */
const KEEP_ALIVE_MS = 600_000;

const ANSWERS: Readonly<Record<AnswerKind, (response: ServerResponse) => void>> = {
  whole: (response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': WHOLE.length });
    response.end(WHOLE);
  },
  burst: (response) => {
    response.writeHead(200, STREAM_HEADERS);
    response.write(STREAM.head);
    for (const piece of STREAM.pieces) response.write(piece);
    response.end(STREAM.end);
  },
  paced: (response) => {
    response.writeHead(200, STREAM_HEADERS);
    response.write(STREAM.head);
    const pieces = STREAM.pieces[Symbol.iterator]();
    const timer = setInterval(() => {
      const { done, value } = pieces.next();
      if (done !== true) response.write(value);
      else response.end(STREAM.end);
    }, PACE_MS);
    response.once('close', () => clearInterval(timer));
  },
};

function answer(body: Buffer, response: ServerResponse): void {
  const kind = kindIn(body);
  if (kind === undefined) response.writeHead(400).end('no marker in the prompt');
  else ANSWERS[kind](response);
}

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => answer(Buffer.concat(parts), response));
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
