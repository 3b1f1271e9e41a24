// Two providers in one process: the port that is announced first commits what the prompt asks for, the other one never.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Behaviour } from './traffic.ts';

const PROMPT = /(fine|stall|status-500|status-429|reset|html|empty|cut|error) (n\w+)/;
const PIECES = 8;

interface Answer {
  readonly response: ServerResponse;
  readonly nonce: string;
  readonly isStream: boolean;
}

const JSON_HEAD = { 'content-type': 'application/json' };
const STREAM_HEAD = { 'content-type': 'text/event-stream' };

function chunk(delta: object, finishReason: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finishReason }];
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices })}\n\n`;
}

function begin({ response, nonce }: Answer, pieces: number): void {
  response.writeHead(200, STREAM_HEAD);
  response.write(chunk({ role: 'assistant', content: '' }));
  for (let piece = 0; piece < pieces; piece += 1) response.write(chunk({ content: `${nonce} ` }));
}

function fine(answer: Answer): void {
  const { response, nonce, isStream } = answer;
  const usage = { prompt_tokens: 90, completion_tokens: PIECES, total_tokens: 90 + PIECES };
  if (isStream) {
    begin(answer, PIECES);
    response.end(
      `${chunk({}, 'stop')}data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage })}\n\ndata: [DONE]\n\n`,
    );
    return;
  }
  const message = { role: 'assistant', content: `${nonce} `.repeat(PIECES) };
  response.writeHead(200, JSON_HEAD);
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  response.end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'm', choices, usage }));
}

function status(code: number): (answer: Answer) => void {
  return ({ response }) => {
    response.writeHead(code, JSON_HEAD);
    response.end('{"error":{"message":"no","type":"server_error"}}');
  };
}

const BEHAVE: Readonly<Record<Behaviour, (answer: Answer) => void>> = {
  fine,
  stall: () => undefined,
  'status-500': status(500),
  'status-429': status(429),
  reset: ({ response }) => response.destroy(),
  html: ({ response }) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html>maintenance</html>');
  },
  empty: ({ response, isStream }) => {
    response.writeHead(200, isStream ? STREAM_HEAD : JSON_HEAD);
    response.end();
  },
  cut: (answer) => {
    if (!answer.isStream) return fine(answer);
    begin(answer, 3);
    answer.response.end();
  },
  error: (answer) => {
    if (!answer.isStream) return fine(answer);
    begin(answer, 3);
    answer.response.end('data: {"error":{"message":"broken","type":"server_error"}}\n\n');
  },
};

/** Requests to each of the two, the shaky one first. */
const asked = [0, 0];

function serve(isHonest: boolean): Server {
  return createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      const [, behaviour, nonce = ''] = PROMPT.exec(text) ?? [];
      asked[isHonest ? 1 : 0] = (asked[isHonest ? 1 : 0] ?? 0) + 1;
      const answer = { response, nonce, isStream: text.includes('"stream":true') };
      if (isHonest) fine(answer);
      else BEHAVE[behaviour as Behaviour](answer);
    });
  });
}

const servers = [serve(false), serve(true)];
await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
process.send?.({ ports: servers.map((server) => (server.address() as AddressInfo).port) });
process.on('message', () => {
  const counts = servers.map(
    (server) => new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count))),
  );
  void Promise.all(counts).then(([shaky, steady]) =>
    process.send?.({ connections: (shaky ?? 0) + (steady ?? 0), asked }),
  );
});
process.on('disconnect', () => process.exit(0));
