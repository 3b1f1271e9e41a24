import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keepNucleus } from '../../src/providers/transformers-nucleus.ts';
import { StopCutter } from '../../src/providers/transformers-stop.ts';

/** What is left of a text that is read character by character until one of the stop texts is complete. */
function cutAtFirstComplete(text: string, stops: readonly string[]): string {
  for (let end = 1; end <= text.length; end += 1) {
    const starts = stops.filter((stop) => text.slice(0, end).endsWith(stop)).map((stop) => end - stop.length);
    if (starts.length > 0) return text.slice(0, Math.min(...starts));
  }
  return text;
}

describe('stop texts', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });

  test('the text ends before the stop text that is complete first, wherever its pieces end', () => {
    const stops = fc.array(letters, { maxLength: 3 });
    fc.assert(
      fc.property(stops, fc.array(letters, { maxLength: 12 }), (given, pieces) => {
        const cutter = new StopCutter(given);
        const shown = pieces.map((piece) => cutter.push(piece)).join('') + cutter.end();
        expect(shown).toBe(cutAtFirstComplete(pieces.join(''), given));
        expect(cutter.isCut).toBe(given.some((stop) => pieces.join('').includes(stop)));
      }),
      { numRuns: 2000 },
    );
  });

  test('nothing is held back that cannot become a stop text', () => {
    const cutter = new StopCutter(['\n\nUser:']);
    expect([cutter.push('Hello\n'), cutter.push('world'), cutter.push('\n\nUs')]).toEqual(['Hello', '\nworld', '']);
    expect([cutter.push('er: me'), cutter.end(), cutter.push('more')]).toEqual(['', '', '']);
  });
});

describe('top_p', () => {
  const logits = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 40 });

  test('the fewest most likely tokens stay that reach the probability', () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0, max: 0.999, noNaN: true }), (values, topP) => {
        const kept = Float32Array.from(values);
        keepNucleus(kept, topP);
        const weights = values.map((value) => Math.exp(value));
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const inside = values.map((_, token) => token).filter((token) => Number.isFinite(kept[token]));
        const outside = values.map((_, token) => token).filter((token) => !Number.isFinite(kept[token]));
        const mass = inside.reduce((sum, token) => sum + (weights[token] ?? 0), 0);
        const least = Math.min(...inside.map((token) => values[token] ?? 0));
        expect(inside.length).toBeGreaterThan(0);
        expect(mass).toBeGreaterThanOrEqual(topP * total * (1 - 1e-9));
        expect(mass - Math.exp(least)).toBeLessThan(topP * total * (1 + 1e-9) + 1e-12);
        for (const token of outside) expect(values[token]).toBeLessThanOrEqual(least);
        for (const token of inside) expect(kept[token]).toBe(values[token]);
      }),
      { numRuns: 1000 },
    );
  });
});
