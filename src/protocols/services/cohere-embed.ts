import type { EmbedPurpose, EmbedRequest, EmbedResponse, Vector } from '../../canonical/embed.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { promptTokens } from '../../canonical/usage.ts';
import { asArray, asObject, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { optionalText, wrongField } from '../openai-checks.ts';
import type { RequestHead } from '../protocol.ts';
import type { EmbedDialect, EmbedFacts, EmbedUpstream } from './embed-format.ts';
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
import { encodeBase64, readVector } from './vectors.ts';

const KNOWN = new Set([
  'model',
  'texts',
  'images',
  'inputs',
  'input_type',
  'embedding_types',
  'output_dimension',
  'truncate',
]);

/** Its API has no default; texts to be found are what most vectors are made of. */
const DEFAULT_INPUT_TYPE = 'search_document';

const INPUT_TYPES: Readonly<Record<EmbedPurpose, string>> = {
  query: 'search_query',
  document: 'search_document',
  classification: 'classification',
  clustering: 'clustering',
  similarity: 'clustering',
  question: 'search_query',
  fact: 'search_query',
  'code-query': 'search_query',
};

/** Purposes that Cohere has no word of its own for. */
const APPROXIMATED: ReadonlySet<EmbedPurpose> = new Set(['similarity', 'question', 'fact', 'code-query']);

const TRUNCATIONS = { none: 'NONE', start: 'START', end: 'END' } as const;

/** `POST /v2/embed`: https://docs.cohere.com/reference/embed */
export const cohereEmbedDialect: EmbedDialect = {
  service: 'cohere-embed',
  readHead,
  decodeRequest,
  encodeResponse,
  forwardEdits: (body, model, { dimensions, purpose }) => ({
    set: {
      model,
      ...(dimensions === undefined || isSaid(body['output_dimension']) ? {} : { output_dimension: dimensions }),
      ...(purpose === undefined || isSaid(body['input_type']) ? {} : { input_type: INPUT_TYPES[purpose] }),
    },
  }),
};

/** Cohere's own embeddings. */
export const cohereEmbedUpstream: EmbedUpstream = {
  service: 'cohere-embed',
  maxInputs: 96,
  encodeRequest,
  decodeResponse: (body): EmbedResponse => ({
    vectors: asArray(asObject(body['embeddings'])['float']).map(readVector),
    usage: readServiceUsage(body),
  }),
};

function readHead(body: JsonObject): RequestHead {
  const { texts } = body;
  const hasOther = [body['images'], body['inputs']].some((list) => Array.isArray(list) && list.length > 0);
  if (!hasOther && !isTextList(texts)) throw wrongField('texts', 'a list of strings', texts);
  readDimensions(body['output_dimension'], 'output_dimension');
  const needs = embedNeeds(isTextList(texts) ? lengthOf(texts) : 0);
  return { model: optionalText(body['model'], 'model'), stream: false, needs };
}

function decodeRequest(body: JsonObject): EmbedRequest {
  const { texts } = body;
  const dimensions = readDimensions(body['output_dimension'], 'output_dimension');
  const purpose = readPurpose(body['input_type']);
  const truncation = readTruncation(body['truncate']);
  return {
    inputs: isTextList(texts) ? texts.map(textInput) : [{ kind: 'media' }],
    unknown: unknownMembers(body, KNOWN),
    exclusive: otherTypes(body).map((type) => `embedding_types.${type}`),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(truncation === undefined ? {} : { truncation }),
  };
}

function readTruncation(value: JsonValue | undefined): EmbedRequest['truncation'] {
  const word = asString(value)?.toLowerCase();
  return word === 'none' || word === 'start' || word === 'end' ? word : undefined;
}

function typesOf(body: JsonObject): readonly string[] {
  const types = asArray(body['embedding_types']).filter((type) => typeof type === 'string');
  return types.length === 0 ? ['float'] : types;
}

/** Kinds of numbers that only Cohere itself makes. */
function otherTypes(body: JsonObject): readonly string[] {
  return typesOf(body).filter((type) => !Object.hasOwn(ENCODERS, type));
}

const ENCODERS: Readonly<Record<string, (vector: Vector) => JsonValue>> = {
  float: (vector) => vector,
  base64: encodeBase64,
};

function encodeResponse({ vectors }: EmbedResponse, { body, requestId, usage }: EmbedFacts): JsonObject {
  const encodings = typesOf(body).flatMap((type) => {
    const encode = ENCODERS[type];
    return encode === undefined ? [] : [[type, vectors.map(encode)] as const];
  });
  return {
    id: requestId,
    embeddings: Object.fromEntries(encodings),
    texts: asArray(body['texts']),
    meta: { api_version: { version: '2' }, billed_units: { input_tokens: promptTokens(usage) } },
    response_type: 'embeddings_by_type',
  };
}

function encodeRequest(request: EmbedRequest, model: string, ledger: LossLedger): JsonObject {
  const { inputs, dimensions, purpose, truncation } = request;
  if (purpose !== undefined && APPROXIMATED.has(purpose)) {
    ledger.approximated('input_type', 'minor', `sent as ${INPUT_TYPES[purpose]}`);
  }
  return {
    model,
    texts: textsOf(inputs),
    input_type: purpose === undefined ? DEFAULT_INPUT_TYPE : INPUT_TYPES[purpose],
    embedding_types: ['float'],
    ...(dimensions === undefined ? {} : { output_dimension: dimensions }),
    ...(truncation === undefined ? {} : { truncate: TRUNCATIONS[truncation] }),
  };
}
