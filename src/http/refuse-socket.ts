import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { RouterError } from '../errors/router-error.ts';
import { createId } from '../lib/ids.ts';
import { openAiChatDialect } from '../protocols/openai-chat/openai-chat.ts';

/** Answers bytes that no request could be made of, and closes the connection. */
export function refuseSocket(socket: Duplex, error: RouterError): void {
  const requestId = createId();
  const body = JSON.stringify(openAiChatDialect.encodeError(error, requestId));
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroy();
}

/** Codes of Node's HTTP parser and server that mean something else than broken HTTP. */
const SPECIAL_CODES: Readonly<Record<string, 'request.headers_too_large' | 'request.timeout'>> = {
  HPE_HEADER_OVERFLOW: 'request.headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'request.headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request.timeout',
};

/** Why Node gave up on a connection, as an error for the client. https://nodejs.org/api/http.html#event-clienterror */
export function connectionProblem(error: NodeJS.ErrnoException): RouterError {
  const code = error.code ?? '';
  const special = SPECIAL_CODES[code];
  if (special !== undefined) return new RouterError(special, { detail: code, cause: error });
  const publicMessage = 'What was sent is not valid HTTP.';
  return new RouterError('request.invalid', { publicMessage, detail: `${code}: ${error.message}`, cause: error });
}
