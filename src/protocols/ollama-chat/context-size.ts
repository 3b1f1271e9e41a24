import { asArray, asObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { EncodeOptions } from '../protocol.ts';

/*
 * Ollama cuts a prompt that does not fit into the context that the model was loaded with, and says nothing about it.
 * https://docs.ollama.com/context-length
 */

/** Ollama's own smallest default. */
const SMALLEST_CONTEXT = 4096;

/** The router's estimate is low on purpose. */
const SAFETY_FACTOR = 1.25;

/** Holds for English (four bytes a token) and for scripts whose characters take three bytes and nearly a token each. */
const BYTES_PER_TOKEN = 3;

/** Ollama itself counts 768. */
const TOKENS_PER_IMAGE = 1024;

/** Room for the words of the template around the messages. */
const TEMPLATE_TOKENS = 256;

/** Room for an answer where nobody limits it. */
const ANSWER_TOKENS = 2048;

/**
 * Tokens of context to load the model with. Powers of two, because the server loads the model anew for every other
 * figure. At most what the configuration says that the model takes.
 */
export function contextSizeOf(body: JsonObject, maxOutputTokens: number | undefined, options: EncodeOptions): number {
  const answer = maxOutputTokens ?? options.maxOutputTokens ?? ANSWER_TOKENS;
  const prompt = Math.max(Math.ceil(options.estimatedInputTokens * SAFETY_FACTOR), countTokens(body));
  const needed = prompt + TEMPLATE_TOKENS + answer;
  const size = Math.max(SMALLEST_CONTEXT, 2 ** Math.ceil(Math.log2(needed)));
  return Math.min(size, options.contextWindow ?? size);
}

function countTokens({ messages, tools }: JsonObject): number {
  const tokens = asArray(messages).map((message) => countMessage(asObject(message)));
  return tokens.reduce((sum, count) => sum + count, countText(tools === undefined ? '' : JSON.stringify(tools)));
}

function countMessage({ content, thinking, tool_calls: calls, images }: JsonObject): number {
  const texts = [content, thinking, calls === undefined ? '' : JSON.stringify(calls)];
  const tokens = texts.reduce<number>((sum, text) => sum + countText(text), 0);
  return tokens + asArray(images).length * TOKENS_PER_IMAGE;
}

function countText(text: JsonValue | undefined): number {
  return typeof text === 'string' ? Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN) : 0;
}
