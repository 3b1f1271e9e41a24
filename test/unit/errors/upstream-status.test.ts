import { expect, test } from 'vitest';
import { upstreamError } from '../../../src/errors/upstream-status.ts';

const errorOf = (status: number, message?: string) =>
  upstreamError({ status, message, body: '<html>body</html>', retryAfterMs: undefined });

test.each([
  [400, 'upstream.rejected'],
  [401, 'upstream.auth'],
  [402, 'upstream.auth'],
  [403, 'upstream.auth'],
  [404, 'upstream.not_found'],
  [408, 'upstream.conflict'],
  [409, 'upstream.conflict'],
  [413, 'upstream.too_large'],
  [418, 'upstream.failed'],
  [422, 'upstream.rejected'],
  [425, 'upstream.conflict'],
  [429, 'upstream.rate_limited'],
  [500, 'upstream.failed'],
  [502, 'upstream.failed'],
  [503, 'upstream.overloaded'],
  [504, 'upstream.timeout'],
  [520, 'upstream.failed'],
  [524, 'upstream.timeout'],
  [529, 'upstream.overloaded'],
  [204, 'upstream.failed'],
  [301, 'upstream.redirected'],
  [302, 'upstream.redirected'],
  [308, 'upstream.redirected'],
  [999, 'upstream.failed'],
])('status %d is %s', (status, code) => {
  const error = errorOf(status, 'words of the provider');
  expect(error.code).toBe(code);
  expect(error.upstreamStatus).toBe(status);
  expect(error.message).toContain('words of the provider');
});

test('a rejected request is told in the words of the provider', () => {
  expect(errorOf(400, 'temperature is too hot').publicMessage).toBe('temperature is too hot');
});

test('anything else is told in ours, with the status', () => {
  expect(errorOf(500, 'secret internals').publicMessage).toBe('The provider failed (it answered 500).');
  expect(errorOf(401, 'bad key sk-1234').publicMessage).not.toContain('1234');
  expect(errorOf(400).publicMessage).toBe('The provider rejected the request (it answered 400).');
  expect(errorOf(400, '  ').publicMessage).toBe('The provider rejected the request (it answered 400).');
  expect(errorOf(307).publicMessage).toContain('redirects are refused (it answered 307)');
});

test('without a message the log gets the beginning of the body', () => {
  expect(errorOf(502).message).toBe('502: <html>body</html>');
});

test('words of a provider are cut and lose their keys', () => {
  expect(errorOf(400, 'x'.repeat(600)).publicMessage).toHaveLength(500);
  const keys = ['sk-proj-abcdefghijklmnop', 'gsk_abcdefghijklmnop', `AIza${'x'.repeat(35)}`];
  for (const key of keys) expect(errorOf(400, `key ${key} is wrong`).publicMessage).toBe('key [key] is wrong');
  expect(errorOf(400, 'got Bearer abc.def').publicMessage).toBe('got Bearer [key]');
});

test('a key at the cut does not slip through in part', () => {
  const message = `${'x'.repeat(485)} sk-proj-abcdefghijklmnopqrstuvwxyz`;
  expect(errorOf(400, message).publicMessage).not.toContain('abcdef');
});

test('what a provider says about keys and bills stays inside', () => {
  const quota = upstreamError({ status: 429, message: 'pay org_1', body: '', retryAfterMs: 1, code: 'upstream.quota' });
  expect([quota.publicMessage.includes('org_1'), quota.upstreamMessage]).toEqual([false, undefined]);
  expect(errorOf(401, 'key of org_1').upstreamMessage).toBeUndefined();
});

test('the wait and a better code are taken over', () => {
  const error = upstreamError({
    status: 400,
    message: 'no such model',
    body: '',
    retryAfterMs: 5,
    code: 'upstream.not_found',
  });
  expect(error.code).toBe('upstream.not_found');
  expect(error.retryAfterMs).toBe(5);
});
