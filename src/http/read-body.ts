import type { IncomingMessage } from 'node:http';
import { RouterError } from '../errors/router-error.ts';
import { isDeeperThan, isJsonObject, type JsonObject, parseJson } from '../lib/json.ts';

export interface JsonBody {
  readonly bytes: Buffer;
  readonly value: JsonObject;
}

const MAX_JSON_DEPTH = 128;

/**
 * Reads a whole body, whatever its content type says (the original never looked at it). Throws `request.too_large`,
 * `request.unsupported_encoding`, or `client.closed` when the client leaves before the end.
 */
export function readBody(incoming: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const encoding = incoming.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return Promise.reject(new RouterError('request.unsupported_encoding'));
  }
  if (Number(incoming.headers['content-length']) > limitBytes) return Promise.reject(tooLarge(limitBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.byteLength;
      if (sizeBytes <= limitBytes) chunks.push(chunk);
      else reject(tooLarge(limitBytes));
    });
    incoming.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    // Also for a client that leaves before the end.
    incoming.on('error', () => reject(new RouterError('client.closed')));
  });
}

/** Reads a body that has to be one JSON object. Throws `request.invalid_json` besides. */
export function readJsonBody(incoming: IncomingMessage, limitBytes: number): Promise<JsonBody> {
  return readBody(incoming, limitBytes).then((bytes) => ({ bytes, value: parseBody(bytes) }));
}

function parseBody(bytes: Buffer): JsonObject {
  const text = bytes.toString('utf8');
  const parsed = parseJson(text);
  if (!parsed.ok) throw invalidJson(text.trim() === '' ? 'the body is empty' : parsed.message);
  if (!isJsonObject(parsed.value)) throw invalidJson('a JSON object was expected');
  if (isDeeperThan(parsed.value, MAX_JSON_DEPTH)) throw invalidJson(`nested deeper than ${MAX_JSON_DEPTH} levels`);
  return parsed.value;
}

function invalidJson(reason: string): RouterError {
  return new RouterError('request.invalid_json', { publicMessage: `The request body is not valid JSON: ${reason}` });
}

function tooLarge(limitBytes: number): RouterError {
  return new RouterError('request.too_large', {
    publicMessage: `The request body is larger than ${limitBytes} bytes (max_body_bytes in [server]).`,
  });
}
