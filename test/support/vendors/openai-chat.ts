import { asArray, asString, type JsonObject } from '../../../src/lib/json.ts';
import { base64Floats, embeddingOf, tokensOf } from './embedding.ts';
import { CREATED_SECONDS, idSource } from './ids.ts';
import { chatRenderer } from './openai-chat-answer.ts';
import { CHAT_RULES } from './openai-chat-rules.ts';
import { CHAT_BODY, EMBEDDINGS_BODY } from './openai-chat-shapes.ts';
import {
  noSuchModel,
  noSuchUrl,
  type OpenAiComplaint,
  openAiAuthorize,
  openAiError,
  phraseOpenAi,
} from './openai-refusals.ts';
import { firstComplaint, type Refusal } from './refusal.ts';
import { findProblem, type Problem } from './shape.ts';
import {
  type Endpoint,
  refused,
  scriptedReply,
  startVendor,
  VENDOR_KEY,
  type Vendor,
  type VendorOptions,
} from './vendor-server.ts';

/** A model that takes everything, one that reasons, and one that embeds. */
const MODELS = ['gpt-4.1', 'gpt-5.2', 'text-embedding-3-small'];

const EMBEDDING_DIMENSIONS = 8;

/**
 * OpenAI's chat completions, embeddings and list of models: https://platform.openai.com/docs/api-reference/chat.
 * The reasoning of a model is counted and never told.
 */
export function startOpenAiChatVendor(options: VendorOptions): Promise<Vendor> {
  const { script, apiKey = VENDOR_KEY, models = MODELS } = options;
  const newId = idSource();

  const chat: Endpoint = {
    method: 'POST',
    path: /^\/v1\/chat\/completions$/,
    reply: (exchange) => {
      const { body } = exchange;
      const refusal = chatRefusal(body, models);
      if (refusal !== undefined) return refused(refusal);
      return scriptedReply(exchange, body['stream'] === true, chatRenderer(body, newId));
    },
  };

  const embeddings: Endpoint = {
    method: 'POST',
    path: /^\/v1\/embeddings$/,
    reply: ({ body }) => {
      const refusal = embeddingsRefusal(body, models);
      return refusal === undefined ? { kind: 'json', body: embeddingsAnswer(body) } : refused(refusal);
    },
  };

  return startVendor(
    {
      endpoints: [chat, embeddings, modelList(models)],
      authorize: (request) => openAiAuthorize(request, apiKey),
      noSuchPath: noSuchUrl,
      unreadableBody: (message) =>
        openAiError({ message: `We could not parse the JSON body of your request: ${message}` }),
    },
    script,
  );
}

/** https://platform.openai.com/docs/api-reference/models/list */
export function modelList(models: readonly string[]): Endpoint {
  const data = models.map((id) => ({ id, object: 'model', created: CREATED_SECONDS, owned_by: 'openai' }));
  return { method: 'GET', path: /^\/v1\/models$/, reply: () => ({ kind: 'json', body: { object: 'list', data } }) };
}

function chatRefusal(body: JsonObject, models: readonly string[]): Refusal | undefined {
  const problem = findProblem(CHAT_BODY, body);
  if (problem !== undefined) return openAiError(chatPhrase(problem));
  const model = String(body['model']);
  if (!models.includes(model)) return noSuchModel(model);
  const complaint = firstComplaint(CHAT_RULES, body);
  return complaint === undefined ? undefined : openAiError(complaint);
}

/** Unknown members at the top are told in other words than those inside. */
function chatPhrase(problem: Problem): OpenAiComplaint {
  if (problem.kind !== 'unknown' || problem.path.length > 1) return phraseOpenAi(problem);
  return { message: `Unrecognized request argument supplied: ${problem.path[0]}` };
}

function embeddingsRefusal(body: JsonObject, models: readonly string[]): Refusal | undefined {
  const problem = findProblem(EMBEDDINGS_BODY, body);
  if (problem !== undefined) return openAiError(phraseOpenAi(problem));
  const model = String(body['model']);
  if (!models.includes(model)) return noSuchModel(model);
  const isEmpty = asArray(body['input']).includes('');
  return isEmpty
    ? openAiError({ message: "'$.input' is invalid. Please check the API reference.", param: 'input' })
    : undefined;
}

/** Texts, and lists of token numbers, which are one input each. */
function inputsOf(input: unknown): readonly string[] {
  const text = asString(input);
  if (text !== undefined) return [text];
  const list = asArray(input);
  return list.every((item) => typeof item === 'number')
    ? [JSON.stringify(list)]
    : list.map((item) => asString(item) ?? JSON.stringify(item));
}

function embeddingsAnswer({ input, model, dimensions, encoding_format }: JsonObject): unknown {
  const inputs = inputsOf(input);
  const length = typeof dimensions === 'number' ? dimensions : EMBEDDING_DIMENSIONS;
  const tokens = inputs.reduce((sum, text) => sum + tokensOf(text), 0);
  const data = inputs.map((text, index) => {
    const vector = embeddingOf(text, length);
    return { object: 'embedding', index, embedding: encoding_format === 'base64' ? base64Floats(vector) : vector };
  });
  return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}
