import type { EmbedInput, EmbedPurpose, EmbedRequest, EmbedResponse } from '../../canonical/embed.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { promptTokens } from '../../canonical/usage.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { wrongField } from '../openai-checks.ts';
import type { RequestHead } from '../protocol.ts';
import { badAnswer } from '../read-answer.ts';
import { ROUTER_MEMBERS } from '../router-members.ts';
import type { EmbedDefaults, EmbedDialect, EmbedFacts, EmbedUpstream } from './embed-format.ts';
import { embedNeeds, lengthOf, readDimensions, textsOf, unknownMembers } from './embed-head.ts';
import { readPurpose } from './embed-purpose.ts';
import { readServiceUsage } from './service-usage.ts';
import { readVector } from './vectors.ts';

/** Members of one request, in both spellings that Google takes. */
const KNOWN = new Set([
  'model',
  'content',
  'taskType',
  'task_type',
  'title',
  'outputDimensionality',
  'output_dimensionality',
]);

const TASK_TYPES: Readonly<Record<EmbedPurpose, string>> = {
  query: 'RETRIEVAL_QUERY',
  document: 'RETRIEVAL_DOCUMENT',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
  similarity: 'SEMANTIC_SIMILARITY',
  question: 'QUESTION_ANSWERING',
  fact: 'FACT_VERIFICATION',
  'code-query': 'CODE_RETRIEVAL_QUERY',
};

/** `models/{model}:batchEmbedContents`: https://ai.google.dev/api/embeddings */
export const geminiBatchEmbedDialect: EmbedDialect = {
  service: 'gemini-embed',
  readHead: (body) => headOf(readRequests(body), (index) => `requests[${index}].`),
  decodeRequest: (body) => decodeRequests(readRequests(body)),
  encodeResponse: ({ vectors }, { usage }) => ({
    embeddings: vectors.map((values) => ({ values })),
    ...usageMember(usage),
  }),
  forwardEdits: (body, model, defaults) => forwarded(readRequests(body), [], model, defaults),
};

/** `models/{model}:embedContent`: one content. Providers are asked by the batch method, which knows all models. */
export const geminiEmbedDialect: EmbedDialect = {
  service: 'gemini-embed',
  readHead: (body) => headOf([body], () => ''),
  decodeRequest: (body) => decodeRequests([body]),
  encodeResponse: ({ vectors }, { usage }) => ({ embedding: { values: vectors[0] ?? [] }, ...usageMember(usage) }),
  forwardEdits: (body, model, defaults) => forwarded([body], Object.keys(body), model, defaults),
  forwardAnswer: (answer) => {
    const [embedding] = asArray(answer['embeddings']);
    if (!isJsonObject(embedding)) throw badAnswer('an embedding is missing');
    const { embeddings: _, ...others } = answer;
    return { embedding, ...others };
  },
};

/** Google's own embeddings. */
export const geminiEmbedUpstream: EmbedUpstream = {
  service: 'gemini-embed',
  maxInputs: 100,
  encodeRequest,
  decodeResponse: (body): EmbedResponse => ({
    vectors: asArray(body['embeddings']).map((embedding) => readVector(asObject(embedding)['values'])),
    usage: readServiceUsage(body),
  }),
};

function usageMember(usage: EmbedFacts['usage']): JsonObject {
  return { usageMetadata: { promptTokenCount: promptTokens(usage) } };
}

function readRequests(body: JsonObject): readonly JsonObject[] {
  const { requests } = body;
  if (Array.isArray(requests) && requests.length > 0 && requests.every(isJsonObject)) return requests;
  throw wrongField('requests', 'a non-empty array of objects', requests);
}

/** The path names the model. */
function headOf(requests: readonly JsonObject[], pathOf: (index: number) => string): RequestHead {
  for (const [index, request] of requests.entries()) checkRequest(request, pathOf(index));
  const texts = textsOf(requests.map(inputOf));
  return { model: undefined, stream: false, needs: embedNeeds(lengthOf(texts)) };
}

function checkRequest(request: JsonObject, path: string): void {
  const { content } = request;
  const parts = asObject(content)['parts'];
  if (!Array.isArray(parts) || parts.length === 0 || !parts.every(isJsonObject)) {
    throw wrongField(`${path}content`, 'an object with parts', content);
  }
  readDimensions(dimensionsMember(request), `${path}outputDimensionality`);
}

function dimensionsMember(request: JsonObject): JsonValue | undefined {
  return request['outputDimensionality'] ?? request['output_dimensionality'];
}

function inputOf(request: JsonObject): EmbedInput {
  const texts = asArray(asObject(request['content'])['parts']).map((part) => asString(asObject(part)['text']));
  const title = asString(request['title']);
  if (texts.some((text) => text === undefined)) return { kind: 'media' };
  return { kind: 'text', text: texts.join(''), ...(title === undefined ? {} : { title }) };
}

/** Task and length may differ from one to the next; other formats have them once, so the first says it. */
function decodeRequests(requests: readonly JsonObject[]): EmbedRequest {
  const [first = {}] = requests;
  const dimensions = readDimensions(dimensionsMember(first), 'outputDimensionality');
  const purpose = readPurpose(first['taskType'] ?? first['task_type']);
  return {
    inputs: requests.map(inputOf),
    unknown: [...new Set(requests.flatMap((request) => unknownMembers(request, KNOWN)))],
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(purpose === undefined ? {} : { purpose }),
  };
}

function forwarded(
  requests: readonly JsonObject[],
  dropped: readonly string[],
  model: string,
  defaults: EmbedDefaults,
): ReturnType<EmbedDialect['forwardEdits']> {
  const named = requests.map((request) => ({
    ...Object.fromEntries(Object.entries(request).filter(([name]) => !ROUTER_MEMBERS.has(name))),
    model: modelPath(model),
    ...(dimensionsMember(request) === undefined ? dimensionsOf(defaults) : {}),
  }));
  return { set: { requests: named }, drop: [...dropped, 'model'] };
}

/** Google names a model with its collection. */
function modelPath(model: string): string {
  return model.startsWith('models/') ? model : `models/${model}`;
}

function encodeRequest(request: EmbedRequest, model: string, ledger: LossLedger): JsonObject {
  const { inputs, purpose, truncation } = request;
  if (truncation !== undefined) ledger.dropped('truncate', 'minor');
  const task = purpose === undefined ? {} : { taskType: TASK_TYPES[purpose] };
  const requests = inputs.map((input) => {
    const { text, title } = input.kind === 'text' ? input : { text: '', title: undefined };
    return {
      model: modelPath(model),
      content: { parts: [{ text }] },
      ...task,
      ...(title === undefined ? {} : { title }),
      ...dimensionsOf(request),
    };
  });
  return { requests };
}

function dimensionsOf({ dimensions }: EmbedDefaults): JsonObject {
  return dimensions === undefined ? {} : { outputDimensionality: dimensions };
}
