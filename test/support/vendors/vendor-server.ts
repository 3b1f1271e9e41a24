import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { asObject, type JsonObject, parseJson } from '../../../src/lib/json.ts';
import { type Frame, upToPieces, writeFrames, writeWhole } from './frames.ts';
import type { Refusal } from './refusal.ts';
import type { ReceivedRequest, Script, VendorAnswer, VendorError } from './script.ts';

export interface VendorOptions {
  readonly script: Script;
  /** The only key that is accepted; `VENDOR_KEY` by default. */
  readonly apiKey?: string;
  /** Names of the models that exist; each vendor has its own by default. */
  readonly models?: readonly string[];
}

export interface Vendor {
  readonly url: string;
  /** Every request, the refused ones too. */
  readonly received: readonly ReceivedRequest[];
  /** Requests that the vendor would not take. A scripted error is not among them. */
  readonly rejected: readonly { readonly reason: string; readonly request: ReceivedRequest }[];
  /** Resolves when a client next closes its connection before it has the whole answer. */
  nextClose(): Promise<void>;
  close(): Promise<void>;
}

export const VENDOR_KEY = 'vendor-key';

/** One request on its way to an answer. */
export interface Exchange {
  readonly request: ReceivedRequest;
  readonly body: JsonObject;
  /** Named groups of the endpoint's path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  nextAnswer(): VendorAnswer;
}

export type Reply =
  | { readonly kind: 'refused' | 'failed'; readonly refusal: Refusal }
  | { readonly kind: 'json'; readonly body: unknown }
  | { readonly kind: 'whole'; readonly body: unknown; readonly answer: VendorAnswer }
  | {
      readonly kind: 'stream';
      readonly contentType: string;
      readonly frames: readonly Frame[];
      readonly answer: VendorAnswer;
    };

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  reply(exchange: Exchange): Reply;
}

/** What a vendor is besides the server under it. */
export interface VendorApi {
  readonly endpoints: readonly Endpoint[];
  authorize(request: ReceivedRequest, query: URLSearchParams): Refusal | undefined;
  noSuchPath(method: string, path: string): Refusal;
  unreadableBody(message: string): Refusal;
}

export const refused = (refusal: Refusal): Reply => ({ kind: 'refused', refusal });

/** How a vendor renders one scripted answer. */
export interface AnswerRenderer {
  readonly contentType: string;
  whole(answer: VendorAnswer): unknown;
  frames(answer: VendorAnswer): readonly Frame[];
  error(error: VendorError): Refusal;
  /** What stands in a stream in the place of its rest, after the frames `sent`. */
  errorFrames(error: VendorError, sent: readonly Frame[]): readonly Frame[];
}

/** The next answer of the script, as the vendor puts it on the wire. */
export function scriptedReply(exchange: Exchange, stream: boolean, renderer: AnswerRenderer): Reply {
  const answer = exchange.nextAnswer();
  const { error, errorAfterPieces } = answer;
  if (error !== undefined && (errorAfterPieces === undefined || !stream)) {
    return { kind: 'failed', refusal: renderer.error(error) };
  }
  if (!stream) return { kind: 'whole', body: renderer.whole(answer), answer };
  const frames = renderer.frames(answer);
  const sent = errorAfterPieces === undefined ? frames : upToPieces(frames, errorAfterPieces);
  const rest = error === undefined ? [] : renderer.errorFrames(error, sent);
  return { kind: 'stream', contentType: renderer.contentType, frames: [...sent, ...rest], answer };
}

/** Starts a vendor on a free port of loopback. */
export async function startVendor(api: VendorApi, script: Script): Promise<Vendor> {
  const received: ReceivedRequest[] = [];
  const rejected: { reason: string; request: ReceivedRequest }[] = [];
  const sockets = new Set<Socket>();
  let leavers: (() => void)[] = [];
  let turn = 0;

  const replyTo = (method: string, request: ReceivedRequest): Reply => {
    const url = new URL(request.path, 'http://vendor');
    const refusal = api.authorize(request, url.searchParams);
    if (refusal !== undefined) return refused(refusal);
    const found = findEndpoint(api, method, url.pathname);
    if (found === undefined) return refused(api.noSuchPath(method, url.pathname));
    const complaint = method === 'POST' ? bodyComplaint(request) : undefined;
    if (complaint !== undefined) return refused(api.unreadableBody(complaint));
    const nextAnswer = (): VendorAnswer => script(request, turn++);
    return found.endpoint.reply({
      request,
      body: asObject(request.body),
      params: found.params,
      query: url.searchParams,
      nextAnswer,
    });
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await receive(incoming);
    received.push(request);
    response.on('close', () => {
      if (response.writableFinished) return;
      for (const leave of leavers) leave();
      leavers = [];
    });
    const reply = attempt(() => replyTo(incoming.method ?? '', request));
    if (reply.kind === 'refused') rejected.push({ reason: reply.refusal.reason, request });
    await send(response, reply);
  };

  // A client that goes away while it sends leaves nothing to answer.
  const server = createServer((incoming, response) => serve(incoming, response).catch(() => response.destroy()));
  server.on('connection', (socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    rejected,
    nextClose: () => new Promise<void>((resolve) => leavers.push(resolve)),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function findEndpoint(api: VendorApi, method: string, path: string) {
  for (const endpoint of api.endpoints) {
    const match = endpoint.method === method ? endpoint.path.exec(path) : null;
    if (match !== null) return { endpoint, params: { ...match.groups } };
  }
  return undefined;
}

/** A script that throws is a mistake of the test: it must show as a refusal and not as a hanging call. */
function attempt(reply: () => Reply): Reply {
  try {
    return reply();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return refused({ status: 500, body: { error: `the script failed: ${reason}` }, reason });
  }
}

function bodyComplaint({ headers, text }: ReceivedRequest): string | undefined {
  if (!(headers['content-type'] ?? '').startsWith('application/json'))
    return 'the content type is not application/json';
  const parsed = parseJson(text);
  return parsed.ok ? undefined : parsed.message;
}

async function receive(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const parsed = parseJson(text);
  return { path: incoming.url ?? '', headers: incoming.headers, text, body: parsed.ok ? parsed.value : undefined };
}

async function send(response: ServerResponse, reply: Reply): Promise<void> {
  switch (reply.kind) {
    case 'refused':
    case 'failed':
      response.writeHead(reply.refusal.status, { 'content-type': 'application/json', ...reply.refusal.headers });
      response.end(JSON.stringify(reply.refusal.body));
      return;
    case 'json':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(reply.body));
      return;
    case 'whole':
      await writeWhole(response, reply.body, reply.answer);
      return;
    case 'stream':
      response.writeHead(200, { 'content-type': reply.contentType, 'cache-control': 'no-cache' });
      await writeFrames(response, reply.frames, reply.answer);
      return;
    default:
      return reply satisfies never;
  }
}
