import { rmSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { ask, exchange, transportModel } from '../local-model/exchange.ts';
import { HELLO, openModels, textOf } from '../local-model/stand-in-models.ts';

describe('one after the other', () => {
  test('64 wait, one more is sent away, and all that still want to are served', async () => {
    const { transport, add, countOf } = openModels();
    add('busy', { isEndless: true });
    const running = exchange(transport, { model: 'busy', messages: HELLO, stream: true });
    await running.text();
    const others = Array.from({ length: 65 }, () =>
      exchange(transport, { model: 'busy', messages: HELLO, max_tokens: 1 }),
    );
    const refused = await Promise.race(others.map((other) => other.over.then(() => other)));
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(refused.json().error.code).toBe('local_model_busy');
    const [withdrawn, ...served] = others.filter((other) => other !== refused);
    withdrawn?.control.abort();
    served.push(exchange(transport, { model: 'busy', messages: HELLO, max_tokens: 1 }));
    // By now the newcomer has found the place that was left.
    await ask(transport, { model: 'absent', messages: HELLO });
    running.control.abort();
    await Promise.all(served.map(({ over }) => over));
    expect(new Set(served.map(({ status }) => status))).toEqual(new Set([200]));
    expect([countOf('busy', 'loaded'), countOf('busy', 'generated')]).toEqual([1, 1 + 64]);
    expect([running.outcome, withdrawn?.outcome]).toEqual([undefined, undefined]);
  });

  test('a request that is withdrawn before its folder is found is not run', async () => {
    const { transport, add, countOf } = openModels();
    add('small');
    const withdrawn = ['small', 'absent'].map((model) => exchange(transport, { model, messages: HELLO }));
    for (const { control } of withdrawn) {
      control.abort();
      control.abort();
    }
    await ask(transport, { model: 'small', messages: HELLO });
    expect(countOf('small', 'generated')).toBe(1);
    expect(withdrawn.map(({ outcome, status }) => outcome ?? status)).toEqual([undefined, undefined]);
  });

  test('models do not wait for each other', async () => {
    const { transport, add } = openModels();
    add('busy', { isEndless: true });
    add('free');
    const running = exchange(transport, { model: 'busy', messages: HELLO, stream: true });
    await running.text();
    expect((await ask(transport, { model: 'free', messages: HELLO })).status).toBe(200);
    expect(running.outcome).toBeUndefined();
    running.control.abort();
  });

  test('a paused reader gets nothing, holds a long generation up and misses no word', async () => {
    const { transport, add, countOf } = openModels();
    const words = Array.from({ length: 5000 }, (_, index) => `${index} `);
    add('paused', { words });
    add('free', { words });
    const slow = exchange(transport, { model: 'paused', messages: HELLO, stream: true });
    await slow.text();
    slow.control.pause();
    const seen = slow.chunks.length;
    expect(textOf((await ask(transport, { model: 'free', messages: HELLO, stream: true })).events())).toBe(
      words.join(''),
    );
    expect([slow.chunks.length, countOf('paused', 'generates')]).toEqual([seen, 1]);
    expect(countOf('paused', 'generated')).toBe(0);
    slow.control.resume();
    await slow.over;
    expect(textOf(slow.events())).toBe(words.join(''));
  });
});

describe('the thread of a model', () => {
  test('its death fails the request that runs, and the next one gets a new thread', async () => {
    const { transport, add, countOf, notices } = openModels();
    add('frail', { crashesOnce: true });
    const lost = await ask(transport, { model: 'frail', messages: HELLO, stream: true });
    expect([lost.outcome, lost.error?.message]).toEqual(['error', expect.stringContaining('thread of the model died')]);
    expect(notices.join()).toContain('died');
    expect((await ask(transport, { model: 'frail', messages: HELLO })).status).toBe(200);
    expect(countOf('frail', 'loaded')).toBe(2);
  });

  test('it lets the model go when nobody asks for it, and loads it again for the next', async () => {
    const { transport, add, countOf } = openModels();
    add('idle');
    const model = transportModel('idle', { settings: { idle_unload_seconds: 0 } });
    await ask(transport, { model: 'idle', messages: HELLO }, { model });
    await vi.waitFor(() => expect(countOf('idle', 'disposed')).toBe(1), { timeout: 10_000 });
    await ask(transport, { model: 'idle', messages: HELLO });
    expect(countOf('idle', 'loaded')).toBe(2);
    await transport.close();
    expect(countOf('idle', 'disposed')).toBe(2);
  });

  test('closing lets a running answer come to its end and takes no more', async () => {
    const { transport, add, countOf } = openModels();
    const words = Array.from({ length: 2000 }, (_, index) => `${index} `);
    add('last', { words });
    const running = exchange(transport, { model: 'last', messages: HELLO, stream: true });
    await running.text();
    const closed = transport.close();
    const late = await ask(transport, { model: 'last', messages: HELLO });
    await closed;
    expect([running.outcome, textOf(running.events())]).toEqual(['end', words.join('')]);
    expect([late.outcome, countOf('last', 'disposed')]).toEqual(['error', 1]);
  });

  test('closing does not wait for an answer that nobody wants', async () => {
    const { transport, add } = openModels();
    add('deaf', { isEndless: true, isDeaf: true, context: Number.MAX_SAFE_INTEGER });
    const running = exchange(transport, { model: 'deaf', messages: HELLO, stream: true });
    await running.text();
    const closed = transport.close();
    running.control.abort();
    await closed;
    expect(running.outcome).toBeUndefined();
  });

  test('a folder that disappears is missed by the next request', async () => {
    const { transport, add, folder } = openModels();
    add('small');
    await ask(transport, { model: 'small', messages: HELLO });
    rmSync(folder('small'), { recursive: true });
    expect((await ask(transport, { model: 'small', messages: HELLO })).status).toBe(404);
  });
});
