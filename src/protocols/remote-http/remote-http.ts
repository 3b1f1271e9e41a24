import { RouterError } from '../../errors/router-error.ts';
import type { StreamDecoder, StreamTap, UpstreamProtocol } from '../protocol.ts';
import { decodeResponse, summarizeResponse } from './decode-response.ts';
import { encodeDefaults, encodeRequest } from './encode-request.ts';
import { decodeError } from './errors.ts';

/** Servers that take `{model, prompt, messages, parameters}` and answer with a text, always whole. */
export const remoteHttpUpstream: UpstreamProtocol = {
  id: 'remote-http',
  framing: 'sse',
  canStream: false,
  tools: { custom: false, namespaces: false, namePattern: /^\S+$/ },
  encodeRequest,
  encodeDefaults,
  decodeResponse,
  createStreamDecoder,
  decodeError,
  summarizeResponse,
  createStreamTap,
};

/** Nobody asks such a server for a stream, so one that comes is nonsense. */
function createStreamDecoder(): StreamDecoder {
  return { push: refuseFrame, end: refuseEnd };
}

function createStreamTap(): StreamTap {
  return {
    push: refuseFrame,
    end: refuseEnd,
    goodPrefix: undefined,
    sawContent: false,
    isComplete: false,
    usage: undefined,
    finishReason: undefined,
  };
}

function refuseFrame(): never {
  throw new RouterError('upstream.bad_response', { detail: 'a stream from a server that has none' });
}

function refuseEnd(): never {
  throw new RouterError('upstream.truncated', { detail: 'a stream from a server that has none' });
}
