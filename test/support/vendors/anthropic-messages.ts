import type { JsonObject } from '../../../src/lib/json.ts';
import { type AnthropicMemory, anthropicError, anthropicRenderer } from './anthropic-answer.ts';
import { generationOf, phrase, turnsOf } from './anthropic-request.ts';
import { MESSAGE_RULES } from './anthropic-rules.ts';
import { COUNT_TOKENS_BODY, MESSAGE_BODIES } from './anthropic-shapes.ts';
import { THINKING_RULES } from './anthropic-thinking.ts';
import { tokensOf } from './embedding.ts';
import { idSource } from './ids.ts';
import { firstComplaint, type Refusal } from './refusal.ts';
import type { ReceivedRequest } from './script.ts';
import { findProblem, type Shape } from './shape.ts';
import {
  type Endpoint,
  type Exchange,
  refused,
  scriptedReply,
  startVendor,
  VENDOR_KEY,
  type Vendor,
  type VendorOptions,
} from './vendor-server.ts';

/** One model of each generation that differs in what it refuses. */
const MODELS = ['claude-haiku-4-5', 'claude-sonnet-4-6', 'claude-sonnet-5-5'];

/**
 * Anthropic's Messages API: https://platform.claude.com/docs/en/api/messages. Reads both API versions
 * (https://platform.claude.com/docs/en/api/versioning). Thinking is answered where the request asks for it, and must
 * come back as it was sent.
 */
export function startAnthropicVendor(options: VendorOptions): Promise<Vendor> {
  const { script, apiKey = VENDOR_KEY, models = MODELS } = options;
  const memory: AnthropicMemory = { newId: idSource(), signed: new Map(), signatureOfCall: new Map() };

  const complaintAbout = ({ request, body }: Exchange, shape: Shape): Refusal | undefined => {
    const problem = findProblem(shape, body);
    if (problem !== undefined) return invalid(phrase(problem));
    const model = String(body['model']);
    if (!models.includes(model)) return anthropicError(404, 'not_found_error', `model: ${model}`);
    const complaint = firstComplaint([...MESSAGE_RULES, ...THINKING_RULES], {
      body,
      version: versionOf(request),
      generation: generationOf(model),
      turns: turnsOf(body),
      ...memory,
    });
    return complaint === undefined ? undefined : invalid(complaint);
  };

  const messages: Endpoint = {
    method: 'POST',
    path: /^\/v1\/messages$/,
    reply: (exchange) => {
      const shape = MESSAGE_BODIES[versionOf(exchange.request)];
      const refusal = shape === undefined ? wrongVersion(exchange) : complaintAbout(exchange, shape);
      if (refusal !== undefined) return refused(refusal);
      return scriptedReply(exchange, exchange.body['stream'] === true, anthropicRenderer(exchange.body, memory));
    },
  };

  const countTokens: Endpoint = {
    method: 'POST',
    path: /^\/v1\/messages\/count_tokens$/,
    reply: (exchange) => {
      const isKnown = versionOf(exchange.request) in MESSAGE_BODIES;
      const refusal = isKnown ? complaintAbout(exchange, COUNT_TOKENS_BODY) : wrongVersion(exchange);
      if (refusal !== undefined) return refused(refusal);
      return { kind: 'json', body: { input_tokens: countedTokens(exchange.body) } };
    },
  };

  return startVendor(
    {
      endpoints: [messages, countTokens],
      authorize: (request) => authorize(request, apiKey),
      noSuchPath: () => anthropicError(404, 'not_found_error', 'Not Found'),
      unreadableBody: (message) => invalid(`The request body is not valid JSON: ${message}`),
    },
    script,
  );
}

/** What the fake counts of a request: four characters of JSON a token. */
function countedTokens({ messages, system, tools }: JsonObject): number {
  return tokensOf(JSON.stringify([messages, system ?? null, tools ?? null]));
}

const invalid = (message: string): Refusal => anthropicError(400, 'invalid_request_error', message);

const versionOf = ({ headers }: ReceivedRequest): string => String(headers['anthropic-version'] ?? '');

function wrongVersion({ request }: Exchange): Refusal {
  const version = versionOf(request);
  return invalid(
    version === '' ? 'anthropic-version: header is required' : `anthropic-version: ${version} is not a valid version`,
  );
}

/** Either header carries the key; the older one wins where both are sent. */
function authorize({ headers }: ReceivedRequest, apiKey: string): Refusal | undefined {
  const key = headers['x-api-key'] ?? headers.authorization?.replace(/^Bearer /, '');
  if (key === apiKey) return undefined;
  return anthropicError(
    401,
    'authentication_error',
    key === undefined ? 'x-api-key header is required' : 'invalid x-api-key',
  );
}
