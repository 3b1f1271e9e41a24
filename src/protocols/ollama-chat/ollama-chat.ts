import { linesHeartbeat } from '../heartbeats.ts';
import type { ClientDialect, UpstreamProtocol } from '../protocol.ts';
import { decodeGenerateRequest } from './decode-generate.ts';
import { decodeRequest } from './decode-request.ts';
import { decodeResponse, summarizeResponse } from './decode-response.ts';
import { OllamaStreamDecoder } from './decode-stream.ts';
import { encodeChatWords, encodeGenerateWords } from './encode-answer.ts';
import { encodeDefaults, encodeRequest } from './encode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { OllamaStreamEncoder } from './encode-stream.ts';
import { decodeError, encodeError } from './errors.ts';
import { readGenerateHead, readHead } from './read-head.ts';
import { OllamaStreamTap } from './stream-tap.ts';

const HEARTBEAT = linesHeartbeat('application/x-ndjson');

/** Clients of `POST /api/chat`. */
export const ollamaChatDialect: ClientDialect = {
  id: 'ollama-chat',
  hasArgumentObjects: true,
  readHead,
  decodeRequest,
  encodeResponse: (response, facts) => encodeResponse(response, facts, encodeChatWords),
  createStreamEncoder: (facts) => new OllamaStreamEncoder(facts, encodeChatWords),
  heartbeat: () => HEARTBEAT,
  errorStatus: (error) => error.status,
  encodeError,
};

/** Clients of `POST /api/generate`: a completion is a chat of one question. */
export const ollamaGenerateDialect: ClientDialect = {
  id: 'ollama-generate',
  readHead: readGenerateHead,
  decodeRequest: decodeGenerateRequest,
  encodeResponse: (response, facts) => encodeResponse(response, facts, encodeGenerateWords),
  createStreamEncoder: (facts) => new OllamaStreamEncoder(facts, encodeGenerateWords),
  heartbeat: () => HEARTBEAT,
  errorStatus: (error) => error.status,
  encodeError,
};

/** Servers of Ollama, through its own format and not through the one it shares with OpenAI. */
export const ollamaChatUpstream: UpstreamProtocol = {
  id: 'ollama-chat',
  framing: 'ndjson',
  canStream: true,
  tools: { custom: false, namespaces: false, namePattern: /^\S+$/ },
  encodeRequest,
  encodeDefaults,
  decodeResponse,
  createStreamDecoder: () => new OllamaStreamDecoder(),
  decodeError,
  summarizeResponse,
  createStreamTap: () => new OllamaStreamTap(),
};
