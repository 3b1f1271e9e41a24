import { EVENT_STREAM_HEARTBEAT } from '../heartbeats.ts';
import type { ClientDialect, UpstreamProtocol } from '../protocol.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse, summarizeResponse } from './decode-response.ts';
import { GeminiStreamDecoder } from './decode-stream.ts';
import { encodeDefaults } from './encode-defaults.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { GeminiStreamEncoder } from './encode-stream.ts';
import { decodeError, encodeError } from './errors.ts';
import { ARRAY_HEARTBEAT } from './json-array.ts';
import { readHead } from './read-head.ts';
import { createReframer } from './reframer.ts';
import { GeminiStreamTap } from './stream-tap.ts';
import { tokenCounter } from './token-counter.ts';
import { withoutSeals } from './without-seals.ts';

/** Clients of `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`. */
export const geminiGenerateDialect: ClientDialect = {
  id: 'gemini-generate',
  hasArgumentObjects: true,
  readHead,
  decodeRequest,
  encodeResponse,
  createStreamEncoder: (facts) => new GeminiStreamEncoder(facts),
  heartbeat: (preferEventStream) => (preferEventStream ? EVENT_STREAM_HEARTBEAT : ARRAY_HEARTBEAT),
  createReframer,
  withoutSeals,
  errorStatus: (error) => error.status,
  encodeError,
};

/** Google's own format of its Gemini models. */
export const geminiGenerateUpstream: UpstreamProtocol = {
  id: 'gemini-generate',
  framing: 'sse',
  canStream: true,
  isModelInPath: true,
  // Newer models take 128 characters.
  tools: { custom: false, namespaces: false, namePattern: /^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/ },
  tokenCounter,
  encodeRequest,
  encodeDefaults,
  decodeResponse,
  createStreamDecoder: () => new GeminiStreamDecoder(),
  decodeError,
  summarizeResponse,
  createStreamTap: () => new GeminiStreamTap(),
};
