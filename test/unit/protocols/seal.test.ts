import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSeal, SEAL_MARK, wrapSeal } from '../../../src/protocols/seal.ts';

test('a wrapped seal opens to what it was made of, whatever that was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (origin, signature) => {
      expect(openSeal(wrapSeal(origin, signature))).toEqual({ origin, signature });
    }),
  );
});

test('a seal of a provider stays as it is', () => {
  for (const seal of ['EqQBCg==', '', 'llmr', `${SEAL_MARK}broken`]) {
    expect(openSeal(seal)).toEqual({ signature: seal, origin: undefined });
  }
});
