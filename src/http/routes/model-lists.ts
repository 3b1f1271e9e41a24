import type { ModelEntry } from '../../config/snapshot.ts';
import { RouterError } from '../../errors/router-error.ts';
import { asString } from '../../lib/json.ts';
import { anthropicMessagesDialect } from '../../protocols/anthropic-messages/anthropic-messages.ts';
import { geminiGenerateDialect } from '../../protocols/gemini-generate/gemini-generate.ts';
import { ollamaChatDialect } from '../../protocols/ollama-chat/ollama-chat.ts';
import { openAiChatDialect } from '../../protocols/openai-chat/openai-chat.ts';
import type { ClientDialect } from '../../protocols/protocol.ts';
import type { Exchange } from '../exchange.ts';
import { describeOpenAiModel } from '../model-json.ts';
import {
  describeAnthropicModel,
  describeGeminiModel,
  describeOllamaModel,
  describeOllamaShow,
} from '../model-lists.ts';
import { decodePath } from '../model-path.ts';
import type { Route } from '../route.ts';

/** What Ollama's clients are told: a version whose API this is. */
const OLLAMA_VERSION = '0.12.0';

/** The models that can be called, in the shape that each vendor's clients read. */
export function modelListRoutes(): readonly Route[] {
  const base = { method: 'GET', scope: 'list' } as const;
  const openai = { ...base, dialect: openAiChatDialect };
  const gemini = { ...base, dialect: geminiGenerateDialect };
  const ollama = { ...base, dialect: ollamaChatDialect };
  return [
    { ...openai, path: '/v1/models', handle: (exchange) => answer(exchange, listModels(exchange)) },
    { ...openai, path: '/v1/models/:path{.+}', handle: (exchange) => answer(exchange, showModel(exchange)) },
    { ...gemini, path: '/v1beta/models', handle: (exchange) => exchange.json(200, geminiList(exchange)) },
    {
      ...gemini,
      path: '/v1beta/models/:path{.+}',
      handle: (exchange) => exchange.json(200, describeGeminiModel(namedModel(exchange, '/v1beta/models/'))),
    },
    { ...ollama, path: '/api/tags', handle: (exchange) => exchange.json(200, ollamaList(exchange)) },
    { ...ollama, path: '/api/ps', handle: (exchange) => exchange.json(200, { models: [] }) },
    { ...ollama, path: '/api/version', handle: (exchange) => exchange.json(200, { version: OLLAMA_VERSION }) },
    { ...ollama, method: 'POST', path: '/api/show', handle: showOllamaModel },
  ];
}

/** An answer in one of the two shapes that share a path, and the errors that go with it. */
interface ListAnswer {
  readonly dialect: ClientDialect;
  readonly body: () => unknown;
}

function answer(exchange: Exchange, { dialect, body }: ListAnswer): void {
  try {
    exchange.json(200, body());
  } catch (thrown) {
    exchange.fail(RouterError.from(thrown), dialect);
  }
}

/** Anthropic's and OpenAI's clients ask at the same path; the former say which version they speak. */
function isAnthropicClient({ incoming }: Exchange): boolean {
  const { headers } = incoming;
  return headers['anthropic-version'] !== undefined || headers['anthropic-beta'] !== undefined;
}

function listModels(exchange: Exchange): ListAnswer {
  if (isAnthropicClient(exchange)) return { dialect: anthropicMessagesDialect, body: () => anthropicList(exchange) };
  const body = (): unknown => ({ object: 'list', data: usableModels(exchange).map(describeOpenAiModel) });
  return { dialect: openAiChatDialect, body };
}

function showModel(exchange: Exchange): ListAnswer {
  const isAnthropic = isAnthropicClient(exchange);
  const describe = isAnthropic ? describeAnthropicModel : describeOpenAiModel;
  const dialect = isAnthropic ? anthropicMessagesDialect : openAiChatDialect;
  return { dialect, body: () => describe(namedModel(exchange, '/v1/models/')) };
}

function anthropicList(exchange: Exchange): unknown {
  const data = usableModels(exchange).map(describeAnthropicModel);
  return { data, has_more: false, first_id: data[0]?.['id'] ?? null, last_id: data.at(-1)?.['id'] ?? null };
}

function geminiList(exchange: Exchange): unknown {
  return { models: usableModels(exchange).map(describeGeminiModel) };
}

function ollamaList(exchange: Exchange): unknown {
  return { models: usableModels(exchange).map(describeOllamaModel) };
}

async function showOllamaModel(exchange: Exchange): Promise<void> {
  const { value } = await exchange.readJson();
  const name = asString(value['model']) ?? asString(value['name']) ?? '';
  exchange.json(200, describeOllamaShow(findModel(exchange, name)));
}

function namedModel(exchange: Exchange, prefix: string): ModelEntry {
  return findModel(exchange, decodePath(exchange.target.path.slice(prefix.length)));
}

/** By `provider/name`, or by a bare name: then the one that would be tried first. Throws `model.unknown`. */
function findModel(exchange: Exchange, name: string): ModelEntry {
  // Ollama's clients add the tag that means the newest.
  const wanted = name.replace(/^models\//, '').replace(/:latest$/, '');
  const usable = exchange.snapshot.ranked.filter((model) => isUsable(exchange, model));
  const found = usable.find((model) => model.key === wanted) ?? usable.find((model) => model.name === wanted);
  if (found !== undefined) return found;
  throw new RouterError('model.unknown', { publicMessage: `There is no model ${JSON.stringify(name.slice(0, 200))}.` });
}

/** Sorted by id. */
function usableModels(exchange: Exchange): readonly ModelEntry[] {
  const usable = exchange.snapshot.ranked.filter((model) => isUsable(exchange, model));
  return usable.sort((left, right) => (left.key < right.key ? -1 : 1));
}

function isUsable(exchange: Exchange, model: ModelEntry): boolean {
  const isActive = model.isActive && model.provider.isActive && model.provider.unavailable === undefined;
  return isActive && (exchange.caller.permits?.(model) ?? true);
}
