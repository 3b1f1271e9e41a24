import { EVENT_STREAM_HEARTBEAT, linesHeartbeat } from '../heartbeats.ts';
import type { ClientDialect } from '../protocol.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeResponse } from './encode-response.ts';
import { RouterNativeStreamEncoder } from './encode-stream.ts';
import { encodeError, errorStatus } from './errors.ts';
import { readHead } from './read-head.ts';

const LINES_HEARTBEAT = linesHeartbeat('application/jsonl');

/** Clients of the invoke endpoints: a prompt or messages in, plain text out. */
export const routerNativeDialect: ClientDialect = {
  id: 'router-native',
  readHead,
  decodeRequest,
  encodeResponse,
  createStreamEncoder: (facts) => new RouterNativeStreamEncoder(facts),
  heartbeat: (preferEventStream) => (preferEventStream ? EVENT_STREAM_HEARTBEAT : LINES_HEARTBEAT),
  errorStatus,
  encodeError,
};
