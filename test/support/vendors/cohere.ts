import { asArray, asObject, asString, type JsonObject } from '../../../src/lib/json.ts';
import { cohereRenderer } from './cohere-answer.ts';
import { COHERE_RULES, cohereError, phraseCohere } from './cohere-rules.ts';
import { CHAT_BODY, EMBED_BODY, RERANK_BODY } from './cohere-shapes.ts';
import { base64Floats, embeddingOf, relevanceOf, tokensOf } from './embedding.ts';
import { idSource } from './ids.ts';
import { firstComplaint, type Refusal } from './refusal.ts';
import type { ReceivedRequest } from './script.ts';
import { findProblem, type Shape } from './shape.ts';
import {
  type Endpoint,
  refused,
  scriptedReply,
  startVendor,
  VENDOR_KEY,
  type Vendor,
  type VendorOptions,
} from './vendor-server.ts';

/** A model without and one with reasoning, one that embeds and one that ranks. */
const MODELS = ['command-a-03-2025', 'command-a-reasoning-08-2025', 'embed-v4.0', 'rerank-v3.5'];

const EMBEDDING_DIMENSIONS = 8;
const OUTPUT_DIMENSIONS = [256, 512, 1024, 1536];

/**
 * Cohere's second API: https://docs.cohere.com/reference/chat, …/embed and …/rerank. Models with `reasoning` in their
 * name tell their thinking unless it is disabled.
 */
export function startCohereVendor(options: VendorOptions): Promise<Vendor> {
  const { script, apiKey = VENDOR_KEY, models = MODELS } = options;
  const newId = idSource();

  const refusalOf = (body: JsonObject, shape: Shape, page: string): Refusal | undefined => {
    const problem = findProblem(shape, body);
    if (problem !== undefined) return phraseCohere(problem, page);
    const { model } = body;
    if (models.includes(String(model))) return undefined;
    const hint = 'make sure the correct model ID was used and that you have access to the model.';
    return cohereError(404, `model '${model}' not found, ${hint}`);
  };

  const chat: Endpoint = {
    method: 'POST',
    path: /^\/v2\/chat$/,
    reply: (exchange) => {
      const { body } = exchange;
      const refusal = refusalOf(body, CHAT_BODY, 'chat');
      if (refusal !== undefined) return refused(refusal);
      const complaint = firstComplaint(COHERE_RULES, body);
      if (complaint !== undefined) return refused(cohereError(400, `invalid request: ${complaint}`));
      return scriptedReply(exchange, body['stream'] === true, cohereRenderer(body, newId));
    },
  };

  const embed: Endpoint = {
    method: 'POST',
    path: /^\/v2\/embed$/,
    reply: ({ body }) => {
      const refusal = refusalOf(body, EMBED_BODY, 'embed') ?? embedRefusal(body);
      return refusal === undefined ? { kind: 'json', body: embedAnswer(body) } : refused(refusal);
    },
  };

  const rerank: Endpoint = {
    method: 'POST',
    path: /^\/v2\/rerank$/,
    reply: ({ body }) => {
      const refusal = refusalOf(body, RERANK_BODY, 'rerank');
      return refusal === undefined ? { kind: 'json', body: rerankAnswer(body) } : refused(refusal);
    },
  };

  return startVendor(
    {
      endpoints: [chat, embed, rerank],
      authorize: (request) => authorize(request, apiKey),
      noSuchPath: () => cohereError(404, '404 page not found'),
      unreadableBody: (message) => cohereError(400, `invalid request: ${message}`),
    },
    script,
  );
}

function authorize({ headers }: ReceivedRequest, apiKey: string): Refusal | undefined {
  const key = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  if (key === apiKey) return undefined;
  return cohereError(401, key === undefined ? 'no api key supplied' : 'invalid api token');
}

function embedRefusal({ texts, images, inputs, output_dimension }: JsonObject): Refusal | undefined {
  const given = [texts, images, inputs].filter((input) => input !== undefined);
  if (given.length !== 1)
    return cohereError(400, 'invalid request: exactly one of texts, images and inputs must be provided');
  if (output_dimension === undefined || OUTPUT_DIMENSIONS.includes(Number(output_dimension))) return undefined;
  return cohereError(400, `invalid request: output_dimension must be one of ${OUTPUT_DIMENSIONS.join(', ')}`);
}

const bytesOf = (vector: readonly number[], shift: number): number[] =>
  vector.map((value) => Math.round(value * 8) + shift);

/** How each type is made of the vector; the packed ones are stand-ins of the right length. */
const EMBEDDINGS: Readonly<Record<string, (vector: readonly number[]) => unknown>> = {
  float: (vector) => vector,
  base64: base64Floats,
  int8: (vector) => bytesOf(vector, 0),
  uint8: (vector) => bytesOf(vector, 128),
  binary: (vector) => bytesOf(vector.slice(0, vector.length / 8), 0),
  ubinary: (vector) => bytesOf(vector.slice(0, vector.length / 8), 128),
};

function embedAnswer({ texts, images, inputs, embedding_types, output_dimension }: JsonObject): unknown {
  const items = asArray(texts ?? images ?? inputs).map((item) => asString(item) ?? JSON.stringify(item));
  const dimensions = typeof output_dimension === 'number' ? output_dimension : EMBEDDING_DIMENSIONS;
  const vectors = items.map((text) => embeddingOf(text, dimensions));
  const types = asArray(embedding_types ?? ['float']).map(String);
  const embeddings = types.map((type) => [type, vectors.map((vector) => EMBEDDINGS[type]?.(vector))]);
  const tokens = items.reduce((sum, text) => sum + tokensOf(text), 0);
  return {
    id: 'embed-fake',
    embeddings: Object.fromEntries(embeddings),
    texts: asArray(texts),
    meta: { api_version: { version: '2' }, billed_units: { input_tokens: tokens } },
    response_type: 'embeddings_by_type',
  };
}

/** Documents by the share of the query's words in them, best first. */
function rerankAnswer({ query, documents, top_n }: JsonObject): unknown {
  const scored = asArray(documents).map((document, index) => ({
    index,
    relevance_score: relevanceOf(String(query), asString(document) ?? JSON.stringify(asObject(document))),
  }));
  const results = scored.toSorted((one, other) => other.relevance_score - one.relevance_score);
  return {
    id: 'rerank-fake',
    results: results.slice(0, typeof top_n === 'number' ? top_n : results.length),
    meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } },
  };
}
