import { describe, expect, test } from 'vitest';
import { RouterError } from '../../../src/errors/router-error.ts';
import { openAiChatUpstream } from '../../../src/protocols/openai-chat/openai-chat.ts';
import { readStream } from '../fixtures/openai-chat/stream-cases.ts';
import { tapStream } from '../run-stream.ts';

const data = (value: unknown): string => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;
const delta = (fields: object, finish: string | null = null, more: object = {}): string => {
  return data({ id: 'c', choices: [{ index: 0, delta: fields, finish_reason: finish }], usage: null, ...more });
};

const ROLE = delta({ role: 'assistant', content: '' });
const WORD = delta({ content: 'word' });
const FINISH = delta({}, 'stop');
const USAGE = data({ id: 'c', choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } });
const DONE = data('[DONE]');

const createTap = (hideUsage = false) => openAiChatUpstream.createStreamTap({ hideUsage });

/** What `push` throws. */
function errorOf(push: () => unknown): RouterError {
  try {
    push();
  } catch (thrown) {
    if (thrown instanceof RouterError) return thrown;
  }
  throw new Error('nothing was thrown');
}

function pushed(tap: ReturnType<typeof createTap>, ...frames: string[]): string {
  return frames.map((frame) => tap.push(Buffer.from(frame))?.toString() ?? '').join('');
}

describe('start-up', () => {
  const harmless = [
    ROLE,
    delta({ role: 'assistant', content: null, tool_calls: [], refusal: null, reasoning_content: '', audio: {} }),
    data({ choices: [] }),
    data({ choices: [], prompt_filter_results: [{}] }),
    data({}),
    ': keep-alive\n\n',
    ':\n\n',
    'event: ping\ndata: {"type":"ping"}\n\n',
    'event: ping\ndata: now\n\n',
    'data:\n\n',
    'retry: 10\n\n',
    '\n',
  ];

  test.each(harmless)('%j is no content', (frame) => {
    const tap = createTap();
    expect(pushed(tap, frame)).toBe(frame);
    expect(tap.sawContent).toBe(false);
  });

  const content = [
    { content: 'x' },
    { content: ' ' },
    { content: [{ type: 'text', text: 'x' }] },
    { reasoning_content: 'x' },
    { reasoning: 'x' },
    { reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] },
    { refusal: 'x' },
    { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '' } }] },
    { function_call: { name: 'f' } },
    { audio: { data: 'x' } },
  ];

  test.each(content)('%j is content', (fields) => {
    const tap = createTap();
    pushed(tap, ROLE, delta(fields));
    expect(tap.sawContent).toBe(true);
  });

  test('content of any choice counts', () => {
    const tap = createTap();
    pushed(
      tap,
      data({
        choices: [
          { index: 0, delta: {} },
          { index: 1, delta: { content: 'x' } },
        ],
      }),
    );
    expect(tap.sawContent).toBe(true);
  });
});

describe('on its way', () => {
  test('the same buffer comes back, before and after the first content', () => {
    const tap = createTap(true);
    for (const text of [ROLE, WORD, WORD + WORD, FINISH, `: comment\n\n${WORD}`]) {
      const frames = Buffer.from(text);
      expect(tap.push(frames)).toBe(frames);
    }
  });

  test.each([FINISH, FINISH.replaceAll('":', '": '), FINISH.replaceAll('":', '" : ')])(
    'finds the finish in %j',
    (frame) => {
      const tap = createTap();
      pushed(tap, WORD, frame);
      expect(tap.finishReason).toBe('stop');
    },
  );

  test('a finish reason without a word is none', () => {
    const tap = createTap();
    pushed(tap, WORD, delta({ content: 'x' }, ''));
    expect(tap.finishReason).toBeUndefined();
    expect(errorOf(() => tap.end()).code).toBe('upstream.truncated');
  });

  test.each([USAGE, USAGE.replaceAll('":', '": ')])('finds the usage in %j', (frame) => {
    const tap = createTap();
    pushed(tap, WORD, FINISH, frame);
    expect(tap.usage).toMatchObject({ inputTokens: 5, outputTokens: 2 });
  });

  test('what the model writes is not taken for what the provider says', () => {
    const words = [
      '[DONE]',
      '"error"',
      '"usage":{"prompt_tokens":1}',
      '"finish_reason":"stop"',
      'data: {"error":{}}\n\n',
    ];
    const tap = createTap(true);
    for (const text of words) expect(pushed(tap, delta({ content: text }))).toBe(delta({ content: text }));
    expect(tap).toMatchObject({ isComplete: false, usage: undefined, finishReason: undefined });
  });
});

describe('hiding usage', () => {
  test('takes out the usage chunk and nothing else', () => {
    expect(pushed(createTap(true), ROLE, WORD, FINISH, USAGE, DONE)).toBe(ROLE + WORD + FINISH + DONE);
    expect(pushed(createTap(true), ROLE + WORD + FINISH + USAGE + DONE)).toBe(ROLE + WORD + FINISH + DONE);
    expect(pushed(createTap(false), ROLE + WORD + FINISH + USAGE + DONE)).toBe(ROLE + WORD + FINISH + USAGE + DONE);
  });

  test('leaves usage that comes with a choice', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 };
    const frames = WORD + delta({}, 'stop', { usage }) + delta({ content: '' }, null, { usage }) + DONE;
    const tap = createTap(true);
    expect(pushed(tap, frames)).toBe(frames);
    expect(tap.usage).toMatchObject({ inputTokens: 1 });
  });

  test('leaves empty chunks without usage', () => {
    const frames = data({ choices: [], prompt_filter_results: [] }) + WORD;
    expect(pushed(createTap(true), frames)).toBe(frames);
  });

  test('a usage chunk alone gives nothing to forward, but is read', () => {
    const tap = createTap(true);
    pushed(tap, WORD, FINISH);
    expect(tap.push(Buffer.from(USAGE))).toBeUndefined();
    expect(tap.usage).toMatchObject({ outputTokens: 2 });
  });

  test('a recorded order of frames loses just the one', () => {
    const text = readStream('text.sse').toString();
    const { output } = tapStream([Buffer.from(text)], createTap(true));
    const usageFrame = text.split('\n\n').find((frame) => frame.includes('"choices":[]'));
    expect(output).toBe(text.replace(`${usageFrame}\n\n`, ''));
  });
});

describe('errors', () => {
  const bad: readonly [string, string][] = [
    [data({ error: { message: 'boom', code: 500 } }), 'upstream.failed'],
    [data({ error: 'boom' }), 'upstream.failed'],
    [data({ object: 'error', message: 'boom' }), 'upstream.failed'],
    [data({ type: 'error', message: 'boom' }), 'upstream.failed'],
    ['event: error\ndata: {"message":"boom"}\n\n', 'upstream.failed'],
    ['event: error\ndata: boom\n\n', 'upstream.failed'],
    [delta({ content: 'x' }, 'error'), 'upstream.failed'],
    [data('<html>boom</html>'), 'upstream.bad_response'],
    [data('{"choices":[{"delta":{"content":"bo'), 'upstream.bad_response'],
    [data('"boom"'), 'upstream.bad_response'],
    [data('[1]'), 'upstream.bad_response'],
    [data('null'), 'upstream.bad_response'],
  ];

  test.each(bad)('%j is %s, before and after content', (frame, code) => {
    expect(errorOf(() => pushed(createTap(), ROLE, frame)).code).toBe(code);
    expect(errorOf(() => pushed(createTap(), ROLE, WORD, frame)).code).toBe(code);
  });

  test('an error that is null is none', () => {
    const frame = delta({ content: 'x' }, null, { error: null });
    expect(pushed(createTap(), WORD, frame)).toBe(WORD + frame);
  });

  test.each(bad)('good frames before %j in the same push are not lost', (frame) => {
    const tap = createTap(true);
    pushed(tap, ROLE);
    errorOf(() => tap.push(Buffer.from(WORD + WORD + frame + WORD)));
    expect(tap.goodPrefix?.toString()).toBe(WORD + WORD);
    expect(tap.sawContent).toBe(true);
  });

  test('a bad frame at the front leaves nothing to forward', () => {
    const tap = createTap();
    errorOf(() => tap.push(Buffer.from(data('boom'))));
    expect(tap.goodPrefix).toBeUndefined();
  });

  test("the provider's words are for the log only", () => {
    const error = errorOf(() => pushed(createTap(), data({ error: { message: 'secret inside' } })));
    expect(error.message).toContain('secret inside');
    expect(error.publicMessage).not.toContain('secret');
  });
});

describe('the end', () => {
  test('with its marker is complete, and later bytes are not looked at', () => {
    const tap = createTap();
    expect(pushed(tap, WORD + FINISH + DONE + data('<html>'), data('boom'))).toBe(WORD + FINISH + DONE);
    expect(tap.isComplete).toBe(true);
    expect(tap.end()).toBe('');
  });

  test('with a finish reason only gets the marker', () => {
    const tap = createTap();
    pushed(tap, WORD, FINISH);
    expect(tap.isComplete).toBe(false);
    expect(tap.end()).toBe(DONE);
    expect(tap.end()).toBe('');
  });

  test('with a marker only is taken', () => {
    const tap = createTap();
    expect(pushed(tap, WORD, DONE)).toBe(WORD + DONE);
    expect(tap).toMatchObject({ isComplete: true, finishReason: undefined });
  });

  test('with neither is an error', () => {
    const tap = createTap();
    pushed(tap, WORD);
    expect(errorOf(() => tap.end()).code).toBe('upstream.truncated');
    expect(errorOf(() => createTap().end()).code).toBe('upstream.truncated');
  });

  test('of an empty stream is an error, though it has its marker', () => {
    expect(errorOf(() => pushed(createTap(), ROLE, DONE)).code).toBe('upstream.bad_response');
  });

  test('of an answer without words is none', () => {
    expect(pushed(createTap(), ROLE, FINISH, DONE)).toBe(ROLE + FINISH + DONE);
  });
});
