import type { ServerResponse } from 'node:http';
import type { EdgeLimits } from '../../../src/http/edge-limits.ts';
import {
  chatCompletion,
  chunkOf,
  DONE,
  FakeProvider,
  type Responder,
  sendJson,
  startStream,
} from '../../support/fake-provider.ts';
import { startRouter, type TestRouter } from '../../support/start-router.ts';
import { chatBody, RawClient, requestBytes } from './raw-client.ts';

/** Characters of an answer that no buffer on the way holds whole. */
export const LARGE = 12_000_000;

/** What a reader is granted here. */
const LONG_FOR_A_READER_MS = 300;

/** Answers that flow without an end just now. */
let floods = 0;

/** What the provider does for a request that says the word. All else is answered with the words themselves. */
const DEEDS: Readonly<Record<string, Responder>> = {
  /** Takes the request and never answers. */
  silence: () => undefined,
  /** One word, then nothing. */
  'first-word': (_request, response) => {
    startStream(response);
    response.write(chunkOf({ role: 'assistant', content: 'First' }));
  },
  /** As much as is taken, for ever. */
  flood: (_request, response) => {
    startStream(response);
    const chunk = chunkOf({ content: 'x'.repeat(16_000) });
    const pour = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', pour);
    response.on('close', () => {
      floods -= 1;
    });
    floods += 1;
    pour();
  },
  large: (_request, response) => sendJson(response, 200, chatCompletion('x'.repeat(LARGE))),
  /** Says nothing for longer than the patience with readers. */
  later: (_request, response) => {
    setTimeout(() => sendJson(response, 200, chatCompletion('At last')), 3 * LONG_FOR_A_READER_MS);
  },
  /** Asks for patience. */
  busy: (_request, response) => {
    sendJson(response, 503, { error: { message: 'busy' } }, { 'retry-after': '20' });
  },
};

function echo(request: Parameters<Responder>[0], response: ServerResponse, words: string): void {
  if (request.body.stream !== true) {
    sendJson(response, 200, chatCompletion(words));
    return;
  }
  startStream(response);
  response.end(chunkOf({ role: 'assistant', content: words }) + chunkOf({}, 'stop') + DONE);
}

/** The provider of this stage: does what the last words of a request say. */
export const respond: Responder = (request, response) => {
  const words = String(request.body.messages.at(-1).content);
  const deed = DEEDS[words];
  return deed === undefined ? echo(request, response, words) : deed(request, response);
};

/** Bounds that a test can wait for. */
export const SHORT_LIMITS: Partial<EdgeLimits> = {
  headersMs: 800,
  bodyGraceMs: 800,
  keepAliveMs: 300,
  readerStallMs: LONG_FOR_A_READER_MS,
  checkIntervalMs: 50,
};

/** A router with short patience in front of a provider that does what it is told. */
export interface Stage {
  readonly router: TestRouter;
  readonly provider: FakeProvider;
  connect(): Promise<RawClient>;
  /** How many endless answers the provider is giving. */
  floods(): number;
  /** Asks for `words` as a well-behaved client and returns what the answer says. */
  ask(words: string): Promise<string>;
  /** The record of the request with this id, as soon as there is one. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into records of any shape
  record(requestId: string): Promise<any>;
  close(): Promise<void>;
}

const MAX_READS = 500;

export async function startStage(edge: Partial<EdgeLimits> = SHORT_LIMITS): Promise<Stage> {
  const provider = await FakeProvider.start();
  provider.respond = respond;
  const router = await startRouter(configuration(provider.url), { edge });
  return {
    router,
    provider,
    connect: () => RawClient.connect(router.url),
    floods: () => floods,
    ask: async (words) => {
      const { status, body } = await router.post('/v1/chat/completions', JSON.parse(chatBody(words)));
      return status === 200 ? body.choices[0].message.content : `${status} ${JSON.stringify(body)}`;
    },
    record: async (requestId) => {
      for (let reads = 0; reads < MAX_READS; reads += 1) {
        const { body } = await router.get('/monitor/invocations?limit=20&order_by=id');
        const found = body.items.find((item: { request_id: string }) => item.request_id === requestId);
        if (found !== undefined) return found;
      }
      throw new Error(`no record of ${requestId}`);
    },
    close: async () => {
      await router.stop();
      await provider.stop();
    },
  };
}

const configuration = (url: string): string => `
[server]
stream_heartbeat_ms = 3600000

[[providers]]
name = "fake"
type = "openai"
base_url = "${url}"
api_key = "k"

[[models]]
name = "writer"
provider = "fake"

[[models]]
name = "limited"
provider = "fake"
rate_limit = { max_requests = 1, per_seconds = 60, max_wait_ms = 60000 }
`;

/** A streamed chat request under an id of its own. */
export function streamRequest(words: string, requestId: string, more: Record<string, unknown> = {}): string {
  return requestBytes({ body: chatBody(words, { stream: true, ...more }), headers: { 'x-request-id': requestId } });
}

export function wholeRequest(words: string, requestId: string, more: Record<string, unknown> = {}): string {
  return requestBytes({ body: chatBody(words, more), headers: { 'x-request-id': requestId } });
}
