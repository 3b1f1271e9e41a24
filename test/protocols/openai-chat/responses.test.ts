import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ChatResponse } from '../../../src/canonical/chat.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { openAiChatDialect, openAiChatUpstream } from '../../../src/protocols/openai-chat/openai-chat.ts';
import { answerFacts } from '../../support/facts.ts';

const DIRECTORY = join(import.meta.dirname, '../fixtures/openai-chat/responses');

const read = (file: string): JsonObject => JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8')) as JsonObject;

const USAGE = { inputTokens: 16, cacheReadTokens: 4, cacheWriteTokens: 0, outputTokens: 7, reasoningTokens: 2 };
const call = (id: string, name: string, args: string) => ({ type: 'tool-call', id, name, arguments: args }) as const;

const EXPECTED: Readonly<Record<string, Partial<ChatResponse>>> = {
  'text.json': {
    choices: [{ content: [{ type: 'text', text: 'Grüße 模型 🦜' }], finishReason: 'stop' }],
    usage: USAGE,
  },
  'tools.json': {
    choices: [
      {
        content: [call('call_a', 'weather', '{"city": "Köln"}'), call('call_b', 'time', '{}')],
        finishReason: 'tool-calls',
      },
    ],
    usage: USAGE,
  },
  'reasoning.json': {
    choices: [
      {
        content: [
          { type: 'reasoning', text: 'Let me think.' },
          { type: 'text', text: '42' },
        ],
        finishReason: 'stop',
      },
    ],
    usage: { inputTokens: 4, cacheReadTokens: 6, cacheWriteTokens: 0, outputTokens: 8, reasoningTokens: 0 },
  },
  'refusal.json': {
    choices: [{ content: [{ type: 'refusal', text: 'I will not.' }], finishReason: 'content-filter' }],
  },
  'calls-without-id.json': {
    choices: [
      {
        content: [call('call_chatcmplA1_0', 'f', '{"a":1}'), call('call_chatcmplA1_1', 'g', '')],
        finishReason: 'stop',
      },
    ],
  },
  'two-choices.json': {
    id: 'x',
    choices: [
      { content: [{ type: 'text', text: 'a' }], finishReason: 'stop' },
      { content: [{ type: 'text', text: 'b' }], finishReason: 'length' },
    ],
    usage: USAGE,
  },
  'thinking-parts.json': {
    choices: [
      {
        content: [
          { type: 'reasoning', text: 'Hm.' },
          { type: 'text', text: 'Yes' },
        ],
        finishReason: 'stop',
      },
    ],
  },
  'completion.json': {
    id: 'cmpl-1',
    choices: [{ content: [{ type: 'text', text: 'once' }], finishReason: 'length' }],
    usage: { inputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 1, reasoningTokens: 0 },
  },
};

test('every written response has its expectation', () => {
  expect(Object.keys(EXPECTED).sort()).toEqual(readdirSync(DIRECTORY).sort());
});

describe.each(Object.entries(EXPECTED))('%s', (file, expected) => {
  test('is decoded', () => {
    expect(openAiChatUpstream.decodeResponse(read(file))).toEqual({
      id: 'chatcmpl-A1',
      model: 'm-1',
      usage: undefined,
      ...expected,
    });
  });

  test('is summed up as it is decoded', () => {
    const { choices, usage } = openAiChatUpstream.decodeResponse(read(file));
    expect(openAiChatUpstream.summarizeResponse(Buffer.from(JSON.stringify(read(file))))).toEqual({
      usage,
      finishReason: choices[0].finishReason,
    });
  });

  test('means the same to a client after it was encoded', () => {
    const response = openAiChatUpstream.decodeResponse(read(file));
    const facts = answerFacts({
      requestId: 'r1',
      createdAt: 7,
      provider: 'p',
      model: 'm',
      costUsd: undefined,
      raw: {},
    });
    const encoded = openAiChatDialect.encodeResponse(response, facts);
    expect(encoded).toMatchObject({
      id: 'chatcmpl-r1',
      object: 'chat.completion',
      created: 7,
      model: 'm',
      provider: 'p',
    });
    const again = openAiChatUpstream.decodeResponse(encoded);
    expect(again).toEqual({ ...response, id: 'chatcmpl-r1', model: 'm' });
  });
});

test('an answer has its usage with details and cost, and a null for what was not said', () => {
  const facts = answerFacts({ requestId: 'r1', createdAt: 7, provider: 'p', model: 'm', costUsd: 0.5, raw: {} });
  expect(openAiChatDialect.encodeResponse(openAiChatUpstream.decodeResponse(read('tools.json')), facts)).toEqual({
    id: 'chatcmpl-r1',
    object: 'chat.completion',
    created: 7,
    model: 'm',
    provider: 'p',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: null,
          refusal: null,
          tool_calls: [
            { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city": "Köln"}' } },
            { id: 'call_b', type: 'function', function: { name: 'time', arguments: '{}' } },
          ],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ],
    usage: {
      prompt_tokens: 20,
      completion_tokens: 7,
      total_tokens: 27,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 2 },
      cost: 0.5,
    },
  });
});
