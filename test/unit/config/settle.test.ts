import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileState } from '../../../src/config/file-state.ts';
import type { Loss } from '../../../src/config/loss.ts';
import { SETTLE_WINDOWS, Settler } from '../../../src/config/settle.ts';

const TICK_MS = 50;
const GOOD = 'a = 1\nb = 2\nc = 3\n';

type Seen = string | 'MISSING';

function stateOf(seen: Seen, isTorn = false): FileState {
  if (seen === 'MISSING') return { kind: 'missing' };
  return { kind: 'content', bytes: Buffer.from(seen), signature: '', isTorn };
}

interface Run {
  /** What stands in the file at a time; the last entry stays. */
  readonly at: readonly (readonly [ms: number, seen: Seen])[];
  readonly lossOf?: (seen: Seen) => Loss | undefined;
  readonly isForced?: boolean;
  readonly isTorn?: boolean;
  readonly untilMs?: number;
}

/** Reads at every tick and gives the content that is used first, and when. */
function firstUse({ at, lossOf = () => 'none', isForced = false, isTorn = false, untilMs = 10_000 }: Run): string {
  const settler = new Settler(SETTLE_WINDOWS, 0, stateOf(GOOD), Buffer.from(GOOD));
  for (let now = 0; now <= untilMs; now += TICK_MS) {
    const seen = at.findLast(([from]) => from <= now)?.[1] ?? GOOD;
    settler.observe(now, stateOf(seen, isTorn));
    if (!settler.isReady(now)) continue;
    if (settler.mayUse(now, { loss: seen === 'MISSING' ? undefined : lossOf(seen), isForced })) return `${now} ${seen}`;
    settler.postponeStorm(now);
  }
  return 'never';
}

const OTHER = 'a = 2\nb = 2\nc = 3\n';

describe('content counts', () => {
  test('after it has stayed for 150 ms', () => {
    expect(firstUse({ at: [[0, OTHER]] })).toBe(`150 ${OTHER}`);
    expect(
      firstUse({
        at: [
          [0, 'x = 1\n'],
          [100, OTHER],
        ],
      }),
    ).toBe(`250 ${OTHER}`);
  });

  test('that loses something after 600 ms, that loses most after 2 s', () => {
    expect(firstUse({ at: [[0, OTHER]], lossOf: () => 'some' })).toBe(`600 ${OTHER}`);
    expect(firstUse({ at: [[0, OTHER]], lossOf: () => 'most' })).toBe(`2000 ${OTHER}`);
  });

  test('that is the beginning of the good content after 2 s, an empty file too', () => {
    expect(firstUse({ at: [[0, 'a = 1\n']] })).toBe('2000 a = 1\n');
    expect(firstUse({ at: [[0, '']] })).toBe('2000 ');
  });

  test('whose last line has no end after 600 ms, unless the good content has none either', () => {
    expect(firstUse({ at: [[0, 'a = 2']] })).toBe('600 a = 2');
    const settler = new Settler(SETTLE_WINDOWS, 0, stateOf('a = 1'), Buffer.from('a = 1'));
    settler.observe(0, stateOf('a = 2'));
    settler.observe(150, stateOf('a = 2'));
    expect(settler.mayUse(150, { loss: 'none', isForced: false })).toBe(true);
  });

  test('that grew out of what stood there before after 600 ms', () => {
    expect(firstUse({ at: [[0, `${GOOD}d = 4\n`]] })).toBe(`600 ${GOOD}d = 4\n`);
    expect(
      firstUse({
        at: [
          [0, ''],
          [50, OTHER],
        ],
      }),
    ).toBe(`650 ${OTHER}`);
    expect(
      firstUse({
        at: [
          [0, 'x = 1\n'],
          [300, 'x = 1\ny = 2\n'],
        ],
        lossOf: () => 'some',
      }),
    ).toBe('900 x = 1\ny = 2\n');
  });

  test('that cannot be used is reported no sooner', () => {
    expect(firstUse({ at: [[0, OTHER]], lossOf: () => undefined })).toBe(`150 ${OTHER}`);
    expect(firstUse({ at: [[0, 'a = 1\n']], lossOf: () => undefined })).toBe('2000 a = 1\n');
  });

  test('when somebody asks after 150 ms, whatever it loses', () => {
    expect(firstUse({ at: [[0, '']], lossOf: () => 'most', isForced: true })).toBe('150 ');
    expect(firstUse({ at: [], isForced: true })).toBe(`150 ${GOOD}`);
  });
});

test('a file that is gone for 600 ms is gone; one that comes back sooner is not', () => {
  expect(firstUse({ at: [[0, 'MISSING']] })).toBe('600 MISSING');
  expect(
    firstUse({
      at: [
        [0, 'MISSING'],
        [500, OTHER],
      ],
    }),
  ).toBe(`650 ${OTHER}`);
});

describe('a storm of edits', () => {
  const storm = (count: number, contentOf: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => [index * TICK_MS, contentOf(index)] as const);

  test('lets content in after 800 ms that loses nothing', () => {
    expect(firstUse({ at: storm(100, (index) => `x = ${1000 + index}\n`) })).toBe('800 x = 1016\n');
  });

  test('lets nothing in that loses something, cannot be used, has no last line end or was written to meanwhile', () => {
    const at = storm(100, (index) => `x = ${1000 + index}\n`);
    expect(firstUse({ at, lossOf: () => 'some', untilMs: 4900 })).toBe('never');
    expect(firstUse({ at, lossOf: () => undefined, untilMs: 4900 })).toBe('never');
    expect(firstUse({ at, isTorn: true, untilMs: 4900 })).toBe('never');
    expect(firstUse({ at: storm(100, (index) => `x = ${1000 + index}`), untilMs: 4900 })).toBe('never');
  });

  test('is not what a file looks like that is written piece by piece', () => {
    const text = 'k = 1\n'.repeat(100);
    expect(firstUse({ at: storm(101, (index) => text.slice(0, index * 6)) })).toBe(`5600 ${text}`);
  });

  test('tries again after 200 ms, not at every read', () => {
    const tried: number[] = [];
    const settler = new Settler(SETTLE_WINDOWS, 0, stateOf(GOOD), Buffer.from(GOOD));
    for (let now = 0; now <= 2000; now += TICK_MS) {
      settler.observe(now, stateOf(`x = ${now}\n`));
      if (!settler.isReady(now)) continue;
      tried.push(now);
      settler.postponeStorm(now);
    }
    expect(tried).toEqual([800, 1000, 1200, 1400, 1600, 1800, 2000]);
  });
});

test('no beginning of a file is ever used while it is written, however the pieces fall', () => {
  const text = Array.from({ length: 40 }, (_, index) => `key_${index} = ${index}\n`).join('');
  const piece = fc.record({ length: fc.integer({ min: 1, max: 120 }), pauseMs: fc.integer({ min: 0, max: 450 }) });
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 60 }), (pieces) => {
      const at: [number, string][] = [[0, '']];
      let written = 0;
      let now = 0;
      for (const { length, pauseMs } of pieces) {
        now += pauseMs;
        written += length;
        at.push([now, text.slice(0, written)]);
        if (written >= text.length) break;
      }
      const whole = text.slice(0, Math.min(written, text.length));
      // A tick and the pause together stay below the 600 ms for which growing content is held.
      expect(firstUse({ at, untilMs: 60_000 })).toMatch(new RegExp(`^\\d+ ${whole.replaceAll('\n', '\\n')}$`));
    }),
  );
});
