import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../../src/errors/codes.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import {
  openAiResponsesDialect,
  openAiResponsesUpstream,
} from '../../../src/protocols/openai-responses/openai-responses.ts';
import { encodeOptions } from '../../support/facts.ts';

describe('the head of a request', () => {
  test('says what the request needs', () => {
    const head = openAiResponsesDialect.readHead({
      model: 'a/b',
      stream: true,
      instructions: '12345',
      max_output_tokens: 9,
      text: { format: { type: 'json_schema', name: 'n', schema: {} } },
      tools: [{ type: 'function', name: 'f' }],
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: '123' },
            { type: 'input_image', image_url: 'x' },
            { type: 'input_file', file_id: 'f' },
          ],
        },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_audio', input_audio: {} }] },
        { type: 'web_search_call', id: 'ws' },
      ],
    });
    expect(head).toMatchObject({ model: 'a/b', stream: true, needs: { maxOutputTokens: 9 } });
    expect([...head.needs.abilities].sort()).toEqual(['audio', 'document', 'image', 'json_schema', 'tools']);
    expect(head.needs.textLength).toBeGreaterThanOrEqual(10);
  });

  test.each<[JsonObject, string]>([
    [{}, 'input'],
    [{ input: [] }, 'input'],
    [{ input: 7 }, 'input'],
    [{ input: ['x'] }, 'input[0]'],
    [{ input: [{ type: 7 }] }, 'input[0].type'],
    [{ input: [{ role: 'tool', content: 'x' }] }, 'input[0].role'],
    [{ input: [{ role: 'user' }] }, 'input[0].content'],
    [{ input: [{ role: 'user', content: ['x'] }] }, 'input[0].content[0]'],
    [{ input: [{ role: 'user', content: [{ type: 'input_text' }] }] }, 'input[0].content[0].text'],
    [{ input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: {} }] }, 'input[0].arguments'],
    [{ input: [{ type: 'custom_tool_call', call_id: 'c', name: 'f' }] }, 'input[0].input'],
    [{ input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0].call_id'],
    [{ input: [{ type: 'function_call_output', call_id: 'c', output: {} }] }, 'input[0].output'],
    [{ input: 'x', model: 7 }, 'model'],
    [{ input: 'x', stream: 'yes' }, 'stream'],
    [{ input: 'x', instructions: 7 }, 'instructions'],
    [{ input: 'x', max_output_tokens: 1.5 }, 'max_output_tokens'],
    [{ input: 'x', temperature: 'hot' }, 'temperature'],
    [{ input: 'x', text: 'json' }, 'text'],
    [{ input: 'x', reasoning: 'high' }, 'reasoning'],
    [{ input: 'x', include: 'all' }, 'include'],
    [{ input: 'x', tools: {} }, 'tools'],
  ])('%j is wrong in %s', (body, param) => {
    expect(() => openAiResponsesDialect.readHead(body)).toThrow(
      expect.objectContaining({ code: 'request.invalid', param }),
    );
  });

  test('stored state may stand in the place of the input', () => {
    for (const body of [{ previous_response_id: 'resp_1' }, { conversation: 'conv_1' }, { prompt: { id: 'p' } }]) {
      expect(openAiResponsesDialect.decodeRequest(body)).toMatchObject({
        messages: [],
        extras: { 'openai-responses': body },
      });
      expect(openAiResponsesDialect.readHead(body).model).toBeUndefined();
    }
  });

  test('whatever is accepted can be decoded, and encoded again', () => {
    const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;
    const type = fc.constantFrom(
      'message',
      'reasoning',
      'function_call',
      'custom_tool_call',
      'function_call_output',
      'item_reference',
      'input_text',
      'input_image',
      'input_file',
      'output_text',
      'refusal',
      'namespace',
      'function',
      'custom',
    );
    const members = fc.dictionary(
      fc.constantFrom(
        'role',
        'content',
        'call_id',
        'name',
        'arguments',
        'output',
        'summary',
        'encrypted_content',
        'text',
        'image_url',
        'tools',
        'format',
      ),
      json,
    );
    const item = fc.tuple(type, members).map(([kind, rest]) => ({ ...rest, type: kind }));
    const body = fc.record(
      {
        input: fc.oneof(fc.string(), fc.array(item, { maxLength: 4 })),
        tools: fc.array(item, { maxLength: 3 }),
        tool_choice: fc.oneof(fc.string(), item),
        text: json,
        reasoning: json,
        include: json,
        top_logprobs: json,
        previous_response_id: json,
      },
      { requiredKeys: ['input'] },
    ) as fc.Arbitrary<JsonObject>;
    const options = encodeOptions({ model: 'm' });
    fc.assert(
      fc.property(body, (value) => {
        try {
          openAiResponsesDialect.readHead(value);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'request.invalid', param: expect.any(String) });
          return;
        }
        const encoded = openAiResponsesUpstream.encodeRequest(openAiResponsesDialect.decodeRequest(value), options);
        expect(JSON.parse(JSON.stringify(encoded.body))).toMatchObject({ model: 'm' });
      }),
      { numRuns: 500 },
    );
  });
});

describe('errors of a provider', () => {
  const decode = (status: number, body: JsonValue): RouterError =>
    openAiResponsesUpstream.decodeError(status, JSON.stringify(body), { 'retry-after': '2' });

  test.each<[number, JsonValue, ErrorCode]>([
    [400, { error: { message: 'Bad', code: null } }, 'upstream.rejected'],
    [
      400,
      {
        error: {
          message: 'The encrypted content gAAA...Q== could not be verified.',
          code: 'invalid_encrypted_content',
        },
      },
      'upstream.bad_signature',
    ],
    [
      400,
      { error: { message: 'The encrypted content for item rs_1 could not be decrypted' } },
      'upstream.bad_signature',
    ],
    [
      404,
      { error: { message: "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false." } },
      'upstream.bad_signature',
    ],
    [404, { error: { message: 'no', code: 'model_not_found' } }, 'upstream.not_found'],
    [401, { error: { message: 'no' } }, 'upstream.auth'],
    [429, { error: { message: 'slow' } }, 'upstream.rate_limited'],
    [503, { detail: 'busy' }, 'upstream.overloaded'],
    [500, 'gone', 'upstream.failed'],
  ])('%i %j', (status, body, code) => {
    expect(decode(status, body)).toMatchObject({ code, upstreamStatus: status, retryAfterMs: 2000 });
  });

  test('a rejected request is told in the provider’s words', () => {
    expect(decode(400, { error: { message: 'Bad tools.' } }).publicMessage).toBe('Bad tools.');
  });

  test.each<[JsonObject, ErrorCode]>([
    [{ error: { message: 'x' } }, 'upstream.bad_response'],
    [{ status: 'failed', error: { code: 'server_error', message: 'x' }, output: [] }, 'upstream.failed'],
    [{ status: 'failed', error: { code: 'rate_limit_exceeded', message: 'x' }, output: [] }, 'upstream.rate_limited'],
    [{ status: 'cancelled', output: [] }, 'upstream.failed'],
    [{ choices: [] }, 'upstream.bad_response'],
    [{ output: ['x'] }, 'upstream.bad_response'],
  ])('inside of an answer: %j', (body, code) => {
    expect(() => openAiResponsesUpstream.decodeResponse(body)).toThrow(expect.objectContaining({ code }));
    const bytes = Buffer.from(JSON.stringify(body));
    expect(() => openAiResponsesUpstream.summarizeResponse(bytes)).toThrow(expect.objectContaining({ code }));
  });

  test('an answer in the background is one only where it goes through', () => {
    const body = { id: 'resp_1', status: 'queued', output: [], usage: null };
    expect(openAiResponsesUpstream.summarizeResponse(Buffer.from(JSON.stringify(body)))).toEqual({
      usage: undefined,
      finishReason: undefined,
    });
    expect(() => openAiResponsesUpstream.decodeResponse(body)).toThrow(
      expect.objectContaining({ code: 'upstream.bad_response' }),
    );
  });
});

test('an error for a client has OpenAI’s shape and the router’s code', () => {
  const error = new RouterError('limit.model_exhausted', { detail: 'secret', hints: { near: ['x'] } });
  expect(openAiResponsesDialect.encodeError(error, 'req-1')).toEqual({
    error: {
      near: ['x'],
      message: error.publicMessage,
      type: 'rate_limit_error',
      param: null,
      code: 'limit.model_exhausted',
      request_id: 'req-1',
    },
    detail: error.publicMessage,
  });
  expect(openAiResponsesDialect.errorStatus(error)).toBe(429);
});
