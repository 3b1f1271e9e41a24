import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ServiceEventTap } from '../../../src/protocols/services/event-tap.ts';
import { decodeServiceError, hiddenError } from '../../../src/protocols/services/service-errors.ts';
import { readServiceUsage } from '../../../src/protocols/services/service-usage.ts';
import { decodeBase64, encodeBase64, readVector } from '../../../src/protocols/services/vectors.ts';

describe('vectors', () => {
  test('survive base64 as 32-bit floats', () => {
    const floats = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(floats, (vector) => {
        expect(decodeBase64(encodeBase64(vector))).toEqual(vector);
      }),
    );
  });

  test.each([[''], ['AAA='], [[]], [['1']], [null], [{}], [undefined]])('%j is none', (value) => {
    expect(() => readVector(value)).toThrow(expect.objectContaining({ code: 'upstream.bad_response' }));
  });
});

describe('usage', () => {
  test.each([
    [{ usage: { prompt_tokens: 5, total_tokens: 5 } }, 5, 0],
    [{ usage: { total_tokens: 6 } }, 6, 0],
    [{ usage: { input_tokens: 7, output_tokens: 8 } }, 7, 8],
    [{ meta: { billed_units: { input_tokens: 9 } } }, 9, 0],
    [{ meta: { tokens: { input_tokens: 1, output_tokens: 2 }, billed_units: { search_units: 1 } } }, 1, 2],
    [{ usageMetadata: { promptTokenCount: 3 } }, 3, 0],
    [{ prompt_eval_count: 4 }, 4, 0],
  ])('%j', (answer, inputTokens, outputTokens) => {
    expect(readServiceUsage(answer)).toMatchObject({ inputTokens, outputTokens });
  });

  test.each([
    [{}],
    [{ usage: { type: 'duration', seconds: 3 } }],
    [{ meta: { billed_units: { search_units: 1 } } }],
    [{ usage: { total_tokens: -1 } }],
    [{ usage: { input_tokens: 1e12 } }],
  ])('%j tells nothing', (answer) => expect(readServiceUsage(answer)).toBeUndefined());
});

describe('errors', () => {
  test.each([
    [400, { error: { message: 'words' } }, 'upstream.rejected', 'words'],
    [400, { error: 'words' }, 'upstream.rejected', 'words'],
    [422, { message: 'words' }, 'upstream.rejected', 'words'],
    [422, { detail: 'words' }, 'upstream.rejected', 'words'],
    [400, [{ error: { message: 'words' } }], 'upstream.rejected', 'words'],
    [400, { error: { message: 'm', details: [{ reason: 'API_KEY_INVALID' }] } }, 'upstream.auth', 'key'],
    [429, { message: 'slow down' }, 'upstream.rate_limited', 'rate limiting'],
  ])('%i %j', (status, body, code, words) => {
    const error = decodeServiceError(status, JSON.stringify(body), { 'retry-after': '2' });
    expect(error).toMatchObject({ code, upstreamStatus: status, retryAfterMs: 2000 });
    expect(error.publicMessage).toContain(words);
  });

  test('hidden ones', () => {
    expect(hiddenError({ error: { message: 'x' } })).toMatchObject({ code: 'upstream.failed' });
    expect(hiddenError({ error: 'x' })).toMatchObject({ code: 'upstream.failed' });
    expect(hiddenError({ error: null, data: [] })).toBeUndefined();
  });
});

describe('events on their way through', () => {
  const event = (value: unknown) => Buffer.from(`data: ${JSON.stringify(value)}\n\n`);

  test('all of them pass, with their usage', () => {
    const tap = new ServiceEventTap();
    const frames = Buffer.concat([
      Buffer.from(': ping\n\n'),
      event({ type: 'transcript.text.delta', delta: 'x' }),
      event({ type: 'transcript.text.done', usage: { input_tokens: 1, output_tokens: 2 } }),
    ]);
    expect(tap.push(frames)).toBe(frames);
    expect([tap.sawContent, tap.end(), tap.usage?.outputTokens]).toEqual([true, '', 2]);
  });

  test('what is good before an error stays', () => {
    const tap = new ServiceEventTap();
    const good = event({ type: 'speech.audio.delta', audio: 'AA' });
    const frames = Buffer.concat([good, Buffer.from('event: error\ndata: broken\n\n')]);
    expect(() => tap.push(frames)).toThrow(expect.objectContaining({ code: 'upstream.failed' }));
    expect(tap.goodPrefix?.equals(good)).toBe(true);
  });

  test('comments are no content, and a stream has to have its end', () => {
    const silent = new ServiceEventTap();
    silent.push(Buffer.from(': ping\n\n'));
    expect(() => silent.end()).toThrow(expect.objectContaining({ code: 'upstream.bad_response' }));
    const cut = new ServiceEventTap();
    cut.push(event({ type: 'speech.audio.delta', audio: 'AA' }));
    expect(() => cut.end()).toThrow(expect.objectContaining({ code: 'upstream.truncated' }));
    cut.push(Buffer.from('data: [DONE]\n\n'));
    expect(cut.end()).toBe('');
  });
});
