import { EVENT_STREAM_HEARTBEAT } from '../heartbeats.ts';
import { encodeError } from '../openai-errors.ts';
import type { ClientDialect, UpstreamProtocol } from '../protocol.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse, summarizeResponse } from './decode-response.ts';
import { OpenAiResponsesStreamDecoder } from './decode-stream.ts';
import { encodeDefaults } from './encode-defaults.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { OpenAiResponsesStreamEncoder } from './encode-stream.ts';
import { decodeError } from './errors.ts';
import { readHead } from './read-head.ts';
import { withoutSeals } from './seals.ts';
import { OpenAiResponsesStreamTap } from './stream-tap.ts';
import { FORMAT } from './wire.ts';

/** Clients of `POST /v1/responses`. */
export const openAiResponsesDialect: ClientDialect = {
  id: FORMAT,
  forwardedHeaders: ['openai-beta'],
  readHead,
  decodeRequest,
  encodeResponse,
  createStreamEncoder: (facts) => new OpenAiResponsesStreamEncoder(facts),
  heartbeat: () => EVENT_STREAM_HEARTBEAT,
  withoutSeals,
  errorStatus: (error) => error.status,
  encodeError,
};

/** OpenAI and the services that answer at `/responses` in its words. */
export const openAiResponsesUpstream: UpstreamProtocol = {
  id: FORMAT,
  framing: 'sse',
  canStream: true,
  // Groups are OpenAI's alone; other services refuse them or answer with names that clients do not know.
  tools: { custom: true, namespaces: false, namePattern: /^[a-zA-Z0-9_-]{1,64}$/, callIdPattern: /^[^\s]{1,64}$/ },
  encodeRequest,
  encodeDefaults,
  decodeResponse,
  createStreamDecoder: () => new OpenAiResponsesStreamDecoder(),
  decodeError,
  summarizeResponse,
  createStreamTap: () => new OpenAiResponsesStreamTap(),
};
