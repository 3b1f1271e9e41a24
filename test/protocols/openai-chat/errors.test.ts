import { describe, expect, test } from 'vitest';
import { RouterError } from '../../../src/errors/router-error.ts';
import { openAiChatDialect, openAiChatUpstream } from '../../../src/protocols/openai-chat/openai-chat.ts';

const decode = (status: number, body: unknown) => openAiChatUpstream.decodeError(status, JSON.stringify(body), {});

describe("a provider's error", () => {
  test.each([
    [{ error: { message: 'too hot', type: 'invalid_request_error', param: 'temperature', code: null } }],
    [{ error: 'too hot' }],
    [{ message: 'too hot' }],
    [{ object: 'error', message: 'too hot', code: 400 }],
    [{ detail: 'too hot' }],
    [{ detail: [{ loc: ['body', 'temperature'], msg: 'too hot' }] }],
    [[{ error: { code: 400, message: 'too hot' } }]],
  ])('has its words found in %j', (body) => {
    expect(decode(400, body).publicMessage).toBe('too hot');
  });

  test('has its own code read where services disagree about the status', () => {
    expect(decode(400, { error: { message: 'no', code: 'model_not_found' } }).code).toBe('upstream.not_found');
    expect(decode(400, { error: { message: 'no', code: 'invalid_api_key' } }).code).toBe('upstream.auth');
    expect(decode(400, { error: { message: 'no', code: 'constructor' } }).code).toBe('upstream.rejected');
  });

  test('keeps a page of HTML out of the answer and in the log', () => {
    const error = openAiChatUpstream.decodeError(400, '<html>boom</html>', {});
    expect(error.publicMessage).not.toContain('html');
    expect(error.message).toContain('<html>boom');
  });
});

describe('our errors', () => {
  test('have the shape of OpenAI and the detail of the original', () => {
    const error = new RouterError('request.invalid', {
      publicMessage: 'temperature: expected a number',
      param: 'temperature',
      detail: 'secret',
      hints: { near: ['a'] },
    });
    expect(openAiChatDialect.encodeError(error, 'r1')).toEqual({
      error: {
        message: 'temperature: expected a number',
        type: 'invalid_request_error',
        param: 'temperature',
        code: 'request.invalid',
        request_id: 'r1',
        near: ['a'],
      },
      detail: 'temperature: expected a number',
    });
  });

  test.each([
    ['auth.unknown_key', 'authentication_error'],
    ['auth.forbidden_model', 'permission_error'],
    ['model.unknown', 'not_found_error'],
    ['limit.model_exhausted', 'rate_limit_error'],
    ['request.too_large', 'invalid_request_error'],
    ['upstream.failed', 'server_error'],
    ['internal.unexpected', 'server_error'],
  ] as const)('%s is of type %s', (code, type) => {
    expect(openAiChatDialect.encodeError(new RouterError(code), 'r')).toMatchObject({
      error: { type, code, param: null },
    });
  });
});
