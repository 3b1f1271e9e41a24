import type { UpstreamProtocol } from '../protocol.ts';
import { decodeResponse, summarizeResponse } from './decode-response.ts';
import { CohereStreamDecoder } from './decode-stream.ts';
import { encodeDefaults, encodeRequest } from './encode-request.ts';
import { decodeError } from './errors.ts';
import { CohereStreamTap } from './stream-tap.ts';

/** Cohere's own chat API, version 2: `POST /v2/chat`. */
export const cohereChatUpstream: UpstreamProtocol = {
  id: 'cohere-chat',
  framing: 'sse',
  canStream: true,
  // The characters are from Cohere's error message about them.
  tools: { custom: false, namespaces: false, namePattern: /^[A-Za-z_][A-Za-z0-9_]*$/ },
  encodeRequest,
  encodeDefaults,
  decodeResponse,
  createStreamDecoder: () => new CohereStreamDecoder(),
  decodeError,
  summarizeResponse,
  createStreamTap: () => new CohereStreamTap(),
};
