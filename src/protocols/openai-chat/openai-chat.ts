import { EVENT_STREAM_HEARTBEAT } from '../heartbeats.ts';
import { encodeError } from '../openai-errors.ts';
import type { ClientDialect, UpstreamProtocol } from '../protocol.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse, summarizeResponse } from './decode-response.ts';
import { OpenAiChatStreamDecoder } from './decode-stream.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { OpenAiChatStreamEncoder } from './encode-stream.ts';
import { decodeError } from './errors.ts';
import { readHead } from './read-head.ts';
import { OpenAiChatStreamTap } from './stream-tap.ts';
import { withoutSeals } from './without-seals.ts';

/** Clients of `POST /v1/chat/completions`. */
export const openAiChatDialect: ClientDialect = {
  id: 'openai-chat',
  readHead,
  decodeRequest,
  encodeResponse,
  createStreamEncoder: (facts) => new OpenAiChatStreamEncoder(facts),
  heartbeat: () => EVENT_STREAM_HEARTBEAT,
  withoutSeals,
  errorStatus: (error) => error.status,
  encodeError,
};

/** OpenAI and the many services that answer in its words. */
export const openAiChatUpstream: UpstreamProtocol = {
  id: 'openai-chat',
  framing: 'sse',
  canStream: true,
  // Only OpenAI's own newest models take tools with free text; all others refuse them.
  tools: { custom: false, namespaces: false, namePattern: /^[a-zA-Z0-9_-]{1,64}$/, callIdPattern: /^[^\s]{1,64}$/ },
  encodeRequest,
  encodeDefaults: (parameters) => parameters,
  decodeResponse,
  createStreamDecoder: () => new OpenAiChatStreamDecoder(),
  decodeError,
  summarizeResponse,
  createStreamTap: (options) => new OpenAiChatStreamTap(options),
};
