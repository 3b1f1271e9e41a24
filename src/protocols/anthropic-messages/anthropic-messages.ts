import { EVENT_STREAM_HEARTBEAT } from '../heartbeats.ts';
import type { ClientDialect, StreamHeartbeat, UpstreamProtocol } from '../protocol.ts';
import { tokenCounter } from './count-tokens.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse, summarizeResponse } from './decode-response.ts';
import { AnthropicMessagesStreamDecoder } from './decode-stream.ts';
import { encodeDefaults } from './encode-defaults.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { AnthropicMessagesStreamEncoder } from './encode-stream.ts';
import { decodeError, encodeError, errorStatus } from './errors.ts';
import { readHead } from './read-head.ts';
import { AnthropicMessagesStreamTap } from './stream-tap.ts';
import { OWN_FORMAT } from './wire.ts';
import { withoutSeals } from './without-seals.ts';

/**
 * The vendor's own event for the purpose, which may come anywhere in a message; before its start, what all readers of
 * events pass over. https://platform.claude.com/docs/en/build-with-claude/streaming
 */
const HEARTBEAT: StreamHeartbeat = {
  ...EVENT_STREAM_HEARTBEAT,
  between: 'event: ping\ndata: {"type": "ping"}\n\n',
};

/** Clients of `POST /v1/messages`. */
export const anthropicMessagesDialect: ClientDialect = {
  id: OWN_FORMAT,
  requestIdHeader: 'request-id',
  forwardedHeaders: ['anthropic-beta', 'anthropic-version'],
  hasArgumentObjects: true,
  readHead,
  decodeRequest,
  encodeResponse,
  createStreamEncoder: (facts) => new AnthropicMessagesStreamEncoder(facts),
  heartbeat: () => HEARTBEAT,
  withoutSeals,
  errorStatus,
  encodeError,
};

/** Anthropic and the services that answer in its words. */
export const anthropicMessagesUpstream: UpstreamProtocol = {
  id: OWN_FORMAT,
  framing: 'sse',
  canStream: true,
  tools: {
    custom: false,
    namespaces: false,
    namePattern: /^[a-zA-Z0-9_-]{1,64}$/,
    callIdPattern: /^[a-zA-Z0-9_-]+$/,
  },
  tokenCounter,
  encodeRequest,
  encodeDefaults,
  decodeResponse,
  createStreamDecoder: () => new AnthropicMessagesStreamDecoder(),
  decodeError,
  summarizeResponse,
  createStreamTap: () => new AnthropicMessagesStreamTap(),
};
