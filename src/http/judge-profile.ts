import { invalidField } from '../errors/router-error.ts';
import { CollectingSink } from '../gateway/answer-sink.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { asArray, asObject, asString, type JsonObject, parseJson } from '../lib/json.ts';
import { routerNativeDialect } from '../protocols/router-native/router-native.ts';
import {
  judgeDemand,
  modelOfProfile,
  type Profile,
  readRoutingMode,
  type ScoredRequest,
} from '../routing/strong-weak.ts';
import type { Exchange } from './exchange.ts';
import { prepareCall } from './model-call.ts';

const EXCERPT_LENGTH = 2000;

/**
 * The model that `routing_mode` (and `routing_pair`) of a body mean; undefined where the body has no mode. Throws
 * `request.invalid` for a mode or pair that does not exist or names no model.
 */
export async function modelOfMode(exchange: Exchange, gateway: Gateway, body: JsonObject): Promise<string | undefined> {
  const mode = readRoutingMode(body['routing_mode']);
  if (mode === undefined) return undefined;
  const profile = mode === 'auto' ? await judgeProfile(exchange, gateway, body) : mode;
  const model = modelOfProfile(exchange.snapshot.routing, profile, asString(body['routing_pair']));
  if (model === undefined) throw invalidField('routing_mode', `router.toml names no ${profile} model in [routing]`);
  return model;
}

/**
 * Strong or weak, for `routing_mode = "auto"`: by counting, and where that leaves it open by asking `analyzer_model`
 * for one word. No answer in time, or another word, means `auto_fallback_mode`.
 */
async function judgeProfile(exchange: Exchange, gateway: Gateway, body: JsonObject): Promise<Profile> {
  const scored = scoredRequest(body);
  const judged = judgeDemand(scored);
  if (judged !== 'unsure') return judged;
  const { analyzerModel, autoFallbackMode } = exchange.snapshot.routing;
  if (analyzerModel === undefined) return autoFallbackMode;
  const word = await askAnalyzer(exchange, gateway, analyzerModel, scored.text);
  return word === 'strong' || word === 'weak' ? word : autoFallbackMode;
}

function scoredRequest(body: JsonObject): ScoredRequest {
  const messages = asArray(body['messages']).map((message) => asObject(message)['content']);
  const parts = messages.flatMap((content) => (Array.isArray(content) ? content : [content])).map(partOf);
  const prompt = asString(body['prompt']);
  const maxTokens = body['max_tokens'];
  return {
    text: [...parts.map((part) => part.text), prompt ?? ''].join('\n').trim(),
    messageCount: messages.length + (prompt === undefined ? 0 : 1),
    hasMedia: parts.some((part) => part.isMedia),
    maxOutputTokens: typeof maxTokens === 'number' ? maxTokens : undefined,
  };
}

function partOf(content: unknown): { readonly text: string; readonly isMedia: boolean } {
  if (typeof content === 'string') return { text: content, isMedia: false };
  const part = asObject(content);
  return { text: asString(part['text']) ?? '', isMedia: part['type'] !== undefined && part['type'] !== 'text' };
}

async function askAnalyzer(
  exchange: Exchange,
  gateway: Gateway,
  model: string,
  text: string,
): Promise<string | undefined> {
  const prompt =
    'Does answering the following request well need a strong language model, or is a weak and cheap one enough? ' +
    `Answer with the single word strong or weak.\n\n${text.slice(0, EXCERPT_LENGTH)}`;
  const body = { prompt, parameters: { max_tokens: 16, temperature: 0 } };
  const request = prepareCall(exchange, { dialect: routerNativeDialect, endpoint: '/route', body, modelName: model });
  const sink = new CollectingSink(exchange.sink);
  await withinMs(gateway.invoke(request, sink), exchange.snapshot.routing.analyzerTimeoutMs);
  const parsed = parseJson(sink.body);
  const answer = asString(asObject(parsed.ok ? parsed.value : undefined)['output_text']);
  return /\b(strong|weak)\b/i.exec(answer ?? '')?.[1]?.toLowerCase();
}

/** Waits for `work`, but no longer than `ms`; `work` itself never rejects and ends by its own clocks. */
async function withinMs(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
