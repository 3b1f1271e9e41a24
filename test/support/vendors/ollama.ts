import { asArray, asString, type JsonObject } from '../../../src/lib/json.ts';
import { embeddingOf, tokensOf } from './embedding.ts';
import { CREATED_ISO, idSource } from './ids.ts';
import { ollamaRenderer, wrapChat, wrapGenerate } from './ollama-answer.ts';
import {
  abilitiesOf,
  CHAT_BODY,
  EMBED_BODY,
  GENERATE_BODY,
  OLLAMA_RULES,
  ollamaError,
  phraseOllama,
  SHOW_BODY,
} from './ollama-request.ts';
import { firstComplaint, type Refusal } from './refusal.ts';
import { findProblem, type Shape } from './shape.ts';
import {
  type Endpoint,
  type Exchange,
  type Reply,
  refused,
  scriptedReply,
  startVendor,
  type Vendor,
  type VendorOptions,
} from './vendor-server.ts';

/** A model that thinks, one with tools, one with neither, and one that embeds. */
const MODELS = ['qwen3:8b', 'llama3.2:3b', 'gemma:2b', 'nomic-embed-text:latest'];

const EMBEDDING_DIMENSIONS = 8;
const VERSION = '0.40.0';

/**
 * Ollama's own API: https://docs.ollama.com/api. Asks for a key only where one is given, as its cloud does. Streams
 * unless told not to.
 */
export function startOllamaVendor(options: VendorOptions): Promise<Vendor> {
  const { script, apiKey, models = MODELS } = options;
  const newId = idSource();

  /** Names without a tag mean the latest. */
  const exists = (model: string): boolean => models.includes(model) || models.includes(`${model}:latest`);

  const post = (path: RegExp, shape: Shape, request: string, reply: (exchange: Exchange) => Reply): Endpoint => ({
    method: 'POST',
    path,
    reply: (exchange) => {
      const problem = findProblem(shape, exchange.body);
      if (problem !== undefined) return refused(phraseOllama(problem, request));
      const model = asString(exchange.body['model'] ?? exchange.body['name']) ?? '';
      if (model === '') return refused(ollamaError(400, 'model is required'));
      return exists(model) ? reply(exchange) : refused(ollamaError(404, `model '${model}' not found`));
    },
  });

  const answer =
    (wrap: typeof wrapChat) =>
    (exchange: Exchange): Reply => {
      const { body } = exchange;
      const refusal = firstComplaint(OLLAMA_RULES, body);
      if (refusal !== undefined) return refused(refusal);
      const loading = loadingAnswer(body, wrap);
      if (loading !== undefined) return { kind: 'json', body: loading };
      return scriptedReply(exchange, body['stream'] !== false, ollamaRenderer(body, wrap, newId));
    };

  const get = (path: RegExp, body: unknown): Endpoint => ({
    method: 'GET',
    path,
    reply: () => ({ kind: 'json', body }),
  });

  return startVendor(
    {
      endpoints: [
        post(/^\/api\/chat$/, CHAT_BODY, 'ChatRequest', answer(wrapChat)),
        post(/^\/api\/generate$/, GENERATE_BODY, 'GenerateRequest', answer(wrapGenerate)),
        post(/^\/api\/embed$/, EMBED_BODY, 'EmbedRequest', embed),
        post(/^\/api\/show$/, SHOW_BODY, 'ShowRequest', show),
        get(/^\/api\/tags$/, { models: models.map(listedModel) }),
        get(/^\/api\/version$/, { version: VERSION }),
      ],
      authorize: ({ headers }) => authorize(headers.authorization, apiKey),
      noSuchPath: () => ollamaError(404, '404 page not found'),
      unreadableBody: (message) => ollamaError(400, message),
    },
    script,
  );
}

function authorize(header: string | undefined, apiKey: string | undefined): Refusal | undefined {
  return apiKey === undefined || header === `Bearer ${apiKey}` ? undefined : ollamaError(401, 'unauthorized');
}

/** A request without anything to answer only loads the model. */
function loadingAnswer(body: JsonObject, wrap: typeof wrapChat): unknown {
  const isEmpty = wrap === wrapChat ? asArray(body['messages']).length === 0 : (body['prompt'] ?? '') === '';
  if (!isEmpty) return undefined;
  return { model: body['model'], created_at: CREATED_ISO, ...wrap({}), done: true, done_reason: 'load' };
}

function embed({ body }: Exchange): Reply {
  const { model, input, dimensions } = body;
  const text = asString(input);
  const inputs = text === undefined ? asArray(input) : [text];
  const isBad =
    (input != null && text === undefined && !Array.isArray(input)) || inputs.some((item) => typeof item !== 'string');
  if (isBad) return refused(ollamaError(400, 'invalid input type'));
  const length = typeof dimensions === 'number' ? dimensions : EMBEDDING_DIMENSIONS;
  const embeddings = inputs.map((item) => embeddingOf(String(item), length));
  const tokens = inputs.reduce<number>((sum, item) => sum + tokensOf(String(item)), 0);
  return {
    kind: 'json',
    body: { model, embeddings, total_duration: 1_000_000, load_duration: 1_000_000, prompt_eval_count: tokens },
  };
}

function show({ body }: Exchange): Reply {
  const model = String(body['model'] ?? body['name']);
  const model_info = { 'general.architecture': 'fake', 'fake.context_length': 32_768, 'fake.embedding_length': 8 };
  const details = detailsOf(model);
  return { kind: 'json', body: { details, model_info, capabilities: abilitiesOf(model), modified_at: CREATED_ISO } };
}

const detailsOf = (model: string) => ({
  parent_model: '',
  format: 'gguf',
  family: model.split(':')[0],
  families: [model.split(':')[0]],
  parameter_size: '8B',
  quantization_level: 'Q4_K_M',
});

const listedModel = (name: string) => ({
  name,
  model: name,
  modified_at: CREATED_ISO,
  size: 1_000_000,
  digest: 'fake',
  details: detailsOf(name),
  capabilities: abilitiesOf(name),
});
