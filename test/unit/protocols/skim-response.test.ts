import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/lib/json.ts';
import { decodeResponse } from '../../../src/protocols/openai-chat/decode-response.ts';
import { skimResponse } from '../../../src/protocols/openai-chat/skim-response.ts';

const answer = (choice: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  id: 'chatcmpl-1',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop', ...choice }],
  usage: { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } },
  ...more,
});

describe('an answer of the common form', () => {
  test.each([0, 1, 2])('is found without parsing, with %d blanks', (blanks) => {
    expect(skimResponse(JSON.stringify(answer(), null, blanks))).toEqual({
      finishReason: 'stop',
      usage: { inputTokens: 6, cacheReadTokens: 4, cacheWriteTokens: 0, outputTokens: 5, reasoningTokens: 0 },
    });
  });

  test('gives what parsing gives, whatever the model said', () => {
    const words = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('"usage":{"prompt_tokens":1}', '"finish_reason":"length"', '"error"', '"message":{', '}', '\\"'),
    );
    const reason = fc.constantFrom('stop', 'length', 'tool_calls', 'content_filter', 'error', 'odd');
    fc.assert(
      fc.property(words, words, reason, fc.nat(), (content, id, finish_reason, tokens) => {
        const usage = { prompt_tokens: tokens, completion_tokens: 1 };
        const body = answer({ message: { role: 'assistant', content }, finish_reason }, { id, usage });
        const skimmed = skimResponse(Buffer.from(JSON.stringify(body)).toString('latin1'));
        if (skimmed === undefined) return;
        const parsed = decodeResponse(body);
        expect(skimmed).toEqual({ usage: parsed.usage, finishReason: parsed.choices[0].finishReason });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('any other form is left to the parser', () => {
  const others: readonly (readonly [string, JsonObject])[] = [
    ['an error beside it', answer({}, { error: { message: 'no' } })],
    ['another number', answer({ index: 1e9 })],
    ['a refusal', answer({ message: { content: null, refusal: 'no' } })],
    ['no end', answer({ finish_reason: null })],
    ['an error as the end', answer({ finish_reason: 'error' })],
    ['no usage', answer({}, { usage: null })],
    ['two usages', answer({ usage: {} })],
    ['nonsense as usage', answer({}, { usage: { prompt_tokens: -1 } })],
    ['two choices', { ...answer(), choices: [answer()['choices'], answer()['choices']].flat() as JsonObject[] }],
    ['no choices', answer({}, { choices: [] })],
    ['no message', answer({ message: 'x' })],
  ];

  test.each(others)('%s', (_what, body) => {
    expect(skimResponse(JSON.stringify(body))).toBeUndefined();
  });

  test('half an answer', () => {
    const text = JSON.stringify(answer());
    for (let length = 0; length < text.length; length += 1) {
      const skimmed = skimResponse(text.slice(0, length));
      // Where the cut leaves a whole usage at the end, only the last bracket is missing, and that is looked for.
      expect(skimmed).toBeUndefined();
    }
  });
});
