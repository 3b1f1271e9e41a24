import { asArray, asObject, type JsonObject } from '../../../src/lib/json.ts';
import { embeddingOf, tokensOf } from './embedding.ts';
import { type GeminiMemory, geminiError, geminiRenderer, invalidArgument } from './gemini-answer.ts';
import { camelized, phraseGemini } from './gemini-names.ts';
import { contentsOf, GEMINI_RULES } from './gemini-rules.ts';
import { BATCH_EMBED_BODY, COUNT_BODY, EMBED_BODY, GENERATE_BODY } from './gemini-shapes.ts';
import { idSource } from './ids.ts';
import { firstComplaint, type Refusal } from './refusal.ts';
import type { ReceivedRequest } from './script.ts';
import { findProblem, type Shape } from './shape.ts';
import {
  type Endpoint,
  type Exchange,
  type Reply,
  refused,
  scriptedReply,
  startVendor,
  VENDOR_KEY,
  type Vendor,
  type VendorOptions,
} from './vendor-server.ts';

/** One model whose signatures must come back, one without, and one that embeds. */
const MODELS = ['gemini-3-flash-preview', 'gemini-2.5-flash', 'gemini-embedding-001'];

const EMBEDDING_DIMENSIONS = 8;

/** A method of a model; its body comes with names in camel case. */
type Method = (exchange: Exchange, model: string) => Reply;

/**
 * Google's Gemini API: https://ai.google.dev/api/generate-content. Thoughts are told where `includeThoughts` asks for
 * them; thought signatures must come back on function calls as https://ai.google.dev/gemini-api/docs/thought-signatures
 * says.
 */
export function startGeminiVendor(options: VendorOptions): Promise<Vendor> {
  const { script, apiKey = VENDOR_KEY, models = MODELS } = options;
  const memory: GeminiMemory = { newId: idSource(), signatures: new Set() };

  const generate =
    (isStream: boolean): Method =>
    (exchange, model) => {
      const { body } = exchange;
      const complaint = firstComplaint(GEMINI_RULES, { body, model, contents: contentsOf(body), ...memory });
      if (complaint !== undefined) return refused(invalidArgument(complaint));
      const isSse = exchange.query.get('alt') === 'sse';
      return scriptedReply(exchange, isStream, geminiRenderer(body, model, memory, isSse));
    };

  const methods: readonly (readonly [name: string, shape: Shape, method: Method])[] = [
    ['generateContent', GENERATE_BODY, generate(false)],
    ['streamGenerateContent', GENERATE_BODY, generate(true)],
    ['countTokens', COUNT_BODY, countTokens],
    ['embedContent', EMBED_BODY, embed],
    ['batchEmbedContents', BATCH_EMBED_BODY, batchEmbed],
  ];

  const endpoints = methods.map(
    ([name, shape, method]): Endpoint => ({
      method: 'POST',
      path: new RegExp(`^/v1beta/models/(?<model>[^/:]+):${name}$`),
      reply: (exchange) => {
        const model = exchange.params['model'] ?? '';
        if (!models.includes(model)) return refused(noSuchModel(model, name));
        const body = asObject(camelized(shape, exchange.body));
        const problem = findProblem(shape, body);
        if (problem !== undefined) return refused(invalidArgument(phraseGemini(problem)));
        return method({ ...exchange, body }, model);
      },
    }),
  );

  return startVendor(
    {
      endpoints,
      authorize: (request, query) => authorize(request, query, apiKey),
      noSuchPath: () => geminiError(404, 'NOT_FOUND', 'Requested entity was not found.'),
      unreadableBody: (message) => invalidArgument(`Invalid JSON payload received. ${message}`),
    },
    script,
  );
}

const noSuchModel = (model: string, method: string): Refusal =>
  geminiError(
    404,
    'NOT_FOUND',
    `models/${model} is not found for API version v1beta, or is not supported for ${method}. ` +
      'Call ListModels to see the list of available models and their supported methods.',
  );

/** https://ai.google.dev/gemini-api/docs/api-key: a header, or a member of the query. */
function authorize({ headers }: ReceivedRequest, query: URLSearchParams, apiKey: string): Refusal | undefined {
  const key = headers['x-goog-api-key'] ?? query.get('key');
  if (key === apiKey) return undefined;
  if (key === null) {
    const message = "Method doesn't allow unregistered callers (callers without established identity).";
    return geminiError(403, 'PERMISSION_DENIED', message);
  }
  const details = [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
  ];
  return geminiError(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', details);
}

const textOf = (content: unknown): string =>
  asArray(asObject(content)['parts'])
    .map((part) => String(asObject(part)['text'] ?? ''))
    .join('');

/** https://ai.google.dev/api/tokens */
const countTokens: Method = ({ body }) => {
  const { contents, generateContentRequest } = body;
  if ((contents === undefined) === (generateContentRequest === undefined)) {
    return refused(
      invalidArgument('* CountTokensRequest: one of contents and generate_content_request must be set.\n'),
    );
  }
  const totalTokens = tokensOf(JSON.stringify(contents ?? generateContentRequest));
  return { kind: 'json', body: { totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] } };
};

/** https://ai.google.dev/api/embeddings */
const embed: Method = ({ body }, model) => {
  const complaint = embedComplaint(body, model, 'EmbedContentRequest');
  if (complaint !== undefined) return refused(complaint);
  return { kind: 'json', body: { embedding: embeddingFor(body) } };
};

const batchEmbed: Method = ({ body }, model) => {
  const requests = asArray(body['requests']).map(asObject);
  if (requests.length === 0)
    return refused(invalidArgument('* BatchEmbedContentsRequest.requests: at least one request is required\n'));
  for (const [index, request] of requests.entries()) {
    const place = `BatchEmbedContentsRequest.requests[${index}]`;
    const isNamed = request['model'] !== undefined;
    const complaint = isNamed
      ? embedComplaint(request, model, place)
      : invalidArgument(`* ${place}.model: model is required\n`);
    if (complaint !== undefined) return refused(complaint);
  }
  return { kind: 'json', body: { embeddings: requests.map(embeddingFor) } };
};

function embedComplaint({ model: named, content }: JsonObject, model: string, place: string): Refusal | undefined {
  if (named !== undefined && named !== `models/${model}`)
    return invalidArgument(`* ${place}.model: unexpected model name format\n`);
  return textOf(content) === '' ? invalidArgument(`* ${place}.content: content is empty\n`) : undefined;
}

function embeddingFor({ content, outputDimensionality }: JsonObject): unknown {
  const dimensions = typeof outputDimensionality === 'number' ? outputDimensionality : EMBEDDING_DIMENSIONS;
  return { values: embeddingOf(textOf(content), dimensions) };
}
