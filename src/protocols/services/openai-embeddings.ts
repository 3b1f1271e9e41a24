import type { EmbedInput, EmbedRequest, EmbedResponse } from '../../canonical/embed.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { promptTokens } from '../../canonical/usage.ts';
import { asArray, asObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { optionalText, wrongField } from '../openai-checks.ts';
import type { RequestHead } from '../protocol.ts';
import { badAnswer } from '../read-answer.ts';
import type { EmbedDefaults, EmbedDialect, EmbedFacts, EmbedUpstream } from './embed-format.ts';
import {
  embedNeeds,
  isSaid,
  isTextList,
  lengthOf,
  readDimensions,
  textInput,
  textsOf,
  unknownMembers,
} from './embed-head.ts';
import { readPurpose } from './embed-purpose.ts';
import { readServiceUsage } from './service-usage.ts';
import { decodeBase64, encodeBase64, readVector } from './vectors.ts';

const KNOWN = new Set(['input', 'model', 'encoding_format', 'dimensions', 'input_type', 'task']);

/** `POST /v1/embeddings`: https://platform.openai.com/docs/api-reference/embeddings/create */
export const openAiEmbeddingsDialect: EmbedDialect = {
  service: 'openai-embeddings',
  readHead,
  decodeRequest,
  encodeResponse,
  forwardEdits: (body, model, { dimensions }) => ({
    set: { model, ...(dimensions === undefined || isSaid(body['dimensions']) ? {} : { dimensions }) },
  }),
  forwardAnswer: (answer, body) => {
    const isBase64 = wantsBase64(body);
    const items = asArray(answer['data']).map(asObject);
    if (items.length === 0) throw badAnswer('embeddings without data');
    if (items.every(({ embedding }) => (typeof embedding === 'string') === isBase64)) return undefined;
    return { ...answer, data: items.map((item) => ({ ...item, embedding: inEncoding(item['embedding'], isBase64) })) };
  },
};

/** OpenAI and the many services that embed in its words. */
export const openAiEmbeddingsUpstream: EmbedUpstream = {
  service: 'openai-embeddings',
  maxInputs: 2048,
  encodeRequest,
  decodeResponse,
};

/** What `default_params` of a model say about embeddings, in OpenAI's words. */
export function readEmbedDefaults(parameters: JsonObject): EmbedDefaults {
  const { dimensions } = parameters;
  const purpose = readPurpose(parameters['input_type'] ?? parameters['task']);
  return {
    ...(typeof dimensions === 'number' ? { dimensions } : {}),
    ...(purpose === undefined ? {} : { purpose }),
  };
}

const ENCODINGS: readonly unknown[] = [undefined, null, 'float', 'base64'];

function readHead(body: JsonObject): RequestHead {
  const { input, encoding_format: encoding } = body;
  if (!ENCODINGS.includes(encoding)) throw wrongField('encoding_format', '"float" or "base64"', encoding);
  readDimensions(body['dimensions'], 'dimensions');
  return { model: optionalText(body['model'], 'model'), stream: false, needs: needsOf(input) };
}

function needsOf(input: JsonValue | undefined): RequestHead['needs'] {
  if (typeof input === 'string') return embedNeeds(input.length);
  if (isTextList(input)) return embedNeeds(lengthOf(input));
  if (isTokens(input)) return embedNeeds(0, input.length);
  if (Array.isArray(input) && input.length > 0 && input.every(isTokens)) return embedNeeds(0, input.flat().length);
  throw wrongField('input', 'a string, a list of strings, or lists of tokens', input);
}

function isTokens(value: JsonValue | undefined): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => Number.isInteger(item));
}

function decodeRequest(body: JsonObject): EmbedRequest {
  const dimensions = readDimensions(body['dimensions'], 'dimensions');
  const purpose = readPurpose(body['input_type'] ?? body['task']);
  return {
    inputs: decodeInputs(body['input']),
    unknown: unknownMembers(body, KNOWN),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(purpose === undefined ? {} : { purpose }),
  };
}

function decodeInputs(input: JsonValue | undefined): readonly EmbedInput[] {
  if (typeof input === 'string') return [textInput(input)];
  if (isTextList(input)) return input.map(textInput);
  return isTokens(input) ? [{ kind: 'tokens' }] : asArray(input).map(() => ({ kind: 'tokens' }));
}

function encodeResponse({ vectors }: EmbedResponse, { body, model, usage }: EmbedFacts): JsonObject {
  const isBase64 = wantsBase64(body);
  const tokens = promptTokens(usage);
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: isBase64 ? encodeBase64(vector) : vector,
    })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

function wantsBase64(body: JsonObject): boolean {
  return body['encoding_format'] === 'base64';
}

function inEncoding(embedding: JsonValue | undefined, isBase64: boolean): JsonValue {
  if (isBase64) return typeof embedding === 'string' ? embedding : encodeBase64(readVector(embedding));
  return typeof embedding === 'string' ? decodeBase64(embedding) : readVector(embedding);
}

function encodeRequest(request: EmbedRequest, model: string, ledger: LossLedger): JsonObject {
  const { inputs, dimensions, purpose, truncation } = request;
  if (purpose !== undefined) ledger.dropped('input_type', 'minor');
  if (truncation !== undefined && truncation !== 'none') ledger.dropped('truncate', 'minor');
  return {
    model,
    input: textsOf(inputs),
    encoding_format: 'float',
    ...(dimensions === undefined ? {} : { dimensions }),
  };
}

function decodeResponse(body: JsonObject): EmbedResponse {
  const items = asArray(body['data']).map(asObject);
  const inOrder = items.every(({ index }) => typeof index === 'number')
    ? items.toSorted((left, right) => Number(left['index']) - Number(right['index']))
    : items;
  return { vectors: inOrder.map(({ embedding }) => readVector(embedding)), usage: readServiceUsage(body) };
}
