import { asString, type JsonObject } from '../../../src/lib/json.ts';
import { idSource } from './ids.ts';
import { modelList } from './openai-chat.ts';
import { noSuchModel, noSuchUrl, openAiAuthorize, openAiError, phraseOpenAi } from './openai-refusals.ts';
import { responsesRenderer } from './openai-responses-answer.ts';
import { inputItems, RESPONSES_RULES, type ResponsesMemory, type ResponsesRequest } from './openai-responses-rules.ts';
import { RESPONSES_BODY } from './openai-responses-shapes.ts';
import { firstComplaint, type Refusal } from './refusal.ts';
import { findProblem } from './shape.ts';
import {
  type Endpoint,
  refused,
  scriptedReply,
  startVendor,
  VENDOR_KEY,
  type Vendor,
  type VendorOptions,
} from './vendor-server.ts';

/** A model that does not reason and one that does. */
const MODELS = ['gpt-4.1', 'gpt-5.2'];

/**
 * OpenAI's Responses: https://platform.openai.com/docs/api-reference/responses. Answers are stored unless the request
 * says otherwise, so that `previous_response_id` and reasoning items without their encrypted content work as they do.
 */
export function startOpenAiResponsesVendor(options: VendorOptions): Promise<Vendor> {
  const { script, apiKey = VENDOR_KEY, models = MODELS } = options;
  const memory: ResponsesMemory = {
    newId: idSource(),
    stored: new Map(),
    encrypted: new Set(),
    reasoningOf: new Map(),
  };

  const responses: Endpoint = {
    method: 'POST',
    path: /^\/v1\/responses$/,
    reply: (exchange) => {
      const { body } = exchange;
      const request = requestOf(body, memory);
      const refusal = refusalOf(request, models);
      if (refusal !== undefined) return refused(refusal);
      const renderer = responsesRenderer(body, memory, ({ id, output }) => {
        if (body['store'] !== false) memory.stored.set(id, [...request.history, ...output]);
      });
      return scriptedReply(exchange, body['stream'] === true, renderer);
    },
  };

  return startVendor(
    {
      endpoints: [responses, modelList(models)],
      authorize: (request) => openAiAuthorize(request, apiKey),
      noSuchPath: noSuchUrl,
      unreadableBody: (message) =>
        openAiError({ message: `We could not parse the JSON body of your request: ${message}` }),
    },
    script,
  );
}

function requestOf(body: JsonObject, memory: ResponsesMemory): ResponsesRequest {
  const input = inputItems(body);
  const previous = memory.stored.get(asString(body['previous_response_id']) ?? '') ?? [];
  return { body, input, history: [...previous, ...input], memory };
}

function refusalOf(request: ResponsesRequest, models: readonly string[]): Refusal | undefined {
  const problem = findProblem(RESPONSES_BODY, request.body);
  if (problem !== undefined) return openAiError(phraseOpenAi(problem));
  const model = String(request.body['model']);
  if (!models.includes(model)) return noSuchModel(model);
  const complaint = firstComplaint(RESPONSES_RULES, request);
  return complaint === undefined ? undefined : openAiError(complaint);
}
