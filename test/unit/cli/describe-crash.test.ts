import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeCrash } from '../../../src/cli/describe-crash.ts';

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('nothing was thrown');
}

test('says what and where', () => {
  const { name, message, frames } = describeCrash(new TypeError('x is not a function'));
  expect([name, message]).toEqual(['TypeError', 'x is not a function']);
  expect(frames[0]).toContain('describe-crash.test.ts');
  expect(describeCrash(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))).toMatchObject({
    code: 'EPIPE',
    message: 'write EPIPE',
  });
});

test('tells nothing that a parser quotes', () => {
  for (const text of ['{"prompt": secret words}', "'secret words'", '[secret words']) {
    expect(JSON.stringify(describeCrash(thrownBy(() => JSON.parse(text))).message)).not.toContain('secret words');
  }
});

test('tells no key, wherever it stands', () => {
  const key = fc.stringMatching(/^sk-[A-Za-z0-9_-]{20,60}$/);
  fc.assert(
    fc.property(fc.string(), key, fc.string(), (before, secret, after) => {
      const description = JSON.stringify(describeCrash(new Error(`${before} ${secret} ${after}`)));
      expect(description).not.toContain(secret.slice(0, 20));
    }),
  );
});

test('bears anything that can be thrown', () => {
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      expect(describeCrash(thrown).message.length).toBeLessThanOrEqual(200);
    }),
  );
});
