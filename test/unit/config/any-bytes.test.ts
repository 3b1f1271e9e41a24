import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { expect, test } from 'vitest';
import type { BuildResult } from '../../../src/config/load-router-toml.ts';
import type { Shape, TableShape, TextShape } from '../../../src/config/shape.ts';
import { MODEL } from '../../../src/config/tables/model.ts';
import { ROOT } from '../../../src/config/tables/root.ts';
import { loadBytes, loadText } from './load-text.ts';
import { EARLIER_STYLE } from './sample.ts';

/** Whatever the outcome, it must make sense: no error beside a snapshot, no refusal without one. */
function expectSound(result: BuildResult): void {
  const problems = result.ok ? result.snapshot.problems : result.problems;
  expect(problems.some(({ level }) => level === 'error')).toBe(!result.ok);
  if (!result.ok) return;
  const { models, ranked, modelsByName, providers } = result.snapshot;
  expect(ranked).toHaveLength(models.size);
  expect([...modelsByName.values()].flat()).toHaveLength(models.size);
  for (const model of ranked) expect(providers.get(model.provider.name)).toBe(model.provider);
}

test('every beginning of a file is refused or loads', () => {
  const bytes = Buffer.from(EARLIER_STYLE);
  let loaded = 0;
  for (let length = 0; length <= bytes.length; length += 1) {
    const result = loadBytes(bytes.subarray(0, length));
    expectSound(result);
    if (result.ok) loaded += 1;
  }
  // Many beginnings are valid files: the reason why a parser alone cannot tell a half-written one.
  expect(loaded).toBeGreaterThan(bytes.length / 20);
  expect(loaded).toBeLessThan(bytes.length / 2);
});

test('a file with bytes changed, lost, doubled or added is refused or loads', () => {
  const original = Buffer.from(EARLIER_STYLE);
  const position = fc.nat({ max: original.length - 1 });
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc.string({ maxLength: 8 }).map((text) => Buffer.from(text)),
    fc
      .constantFrom(
        '"',
        '[',
        ']',
        '[[',
        '=',
        '{',
        '}',
        '\n',
        '\r',
        '#',
        "'''",
        '.',
        '__proto__',
        '99999999999999999999',
        'nan',
      )
      .map((text) => Buffer.from(text)),
  );
  const edit = fc.record({
    at: position,
    drop: fc.nat({ max: 40 }),
    insert: piece,
    copyFrom: position,
    copy: fc.nat({ max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      let bytes = original;
      for (const { at, drop, insert, copyFrom, copy } of edits) {
        const copied = bytes.subarray(copyFrom, copyFrom + copy);
        bytes = Buffer.concat([bytes.subarray(0, at), insert, copied, bytes.subarray(at + drop)]);
      }
      expectSound(loadBytes(bytes));
    }),
    { numRuns: 1500 },
  );
});

test('any text and any bytes are refused or load', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => expectSound(loadText(text))));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expectSound(loadBytes(bytes))));
});

const TEXTS = [
  ...['p', 'q', 'm', 'n', 'p/m', 'ollama', 'openai', 'chat', 'GROQ_API_KEY', 'X-Team', '128k', 'reject'],
  ...['https://x.test/v1', `http://\${HOST}`, 'a,b'],
];

const anyScalar: fc.Arbitrary<unknown> = fc.oneof(
  fc.string(),
  fc.constantFrom('', ' ', ...TEXTS),
  fc.integer({ min: -2, max: 100_000 }),
  fc.double(),
  fc.boolean(),
  fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }),
);

const STRAY_KEYS = ['nmae', 'extra', 'x y'];

/** Builds values for shapes; one in `noise` of them is of another kind. */
class DocumentMaker {
  readonly #noise: number;

  constructor(noise: number) {
    this.#noise = noise;
  }

  value(shape: Shape): fc.Arbitrary<unknown> {
    const fitting = this.#fitting(shape);
    if (this.#noise === Number.POSITIVE_INFINITY) return fitting;
    return fc.oneof({ weight: this.#noise, arbitrary: fitting }, { weight: 1, arbitrary: anyScalar });
  }

  table(shape: TableShape): fc.Arbitrary<Record<string, unknown>> {
    const entries = Object.entries(shape.keys);
    const model = Object.fromEntries(entries.map(([key, definition]) => [key, this.value(definition.shape)]));
    const requiredKeys = entries.filter(([, { isRequired }]) => isRequired).map(([key]) => key);
    // JSON has no word for infinity, so that one is refused wherever it stands.
    const stray = this.#noise === Number.POSITIVE_INFINITY ? fc.string() : anyScalar;
    const extra = fc.dictionary(fc.constantFrom(...STRAY_KEYS), stray, { maxKeys: 1 });
    return fc.tuple(extra, fc.record(model, { requiredKeys })).map(([more, described]) => ({ ...more, ...described }));
  }

  #text({ oneOf, format }: TextShape): fc.Arbitrary<unknown> {
    if (oneOf !== undefined) return fc.constantFrom(...oneOf);
    return fc.constantFrom(...TEXTS.filter((text) => format?.accepts(text) ?? true));
  }

  #fitting(shape: Shape): fc.Arbitrary<unknown> {
    switch (shape.kind) {
      case 'text':
        return this.#text(shape);
      case 'integer':
      case 'number':
        return fc.integer({
          min: shape.min ?? Math.ceil((shape.above ?? -5) + 1),
          max: Math.min(shape.max ?? 2000, 2000),
        });
      case 'boolean':
        return fc.boolean();
      case 'moment':
        return fc.constant(new Date(0));
      case 'list':
        return fc.array(this.value(shape.of), { maxLength: 2 });
      case 'map':
        return fc.dictionary(fc.constantFrom('p', 'x-team'), this.value(shape.of), { maxKeys: 2 });
      case 'table':
        return this.table(shape);
      case 'either':
        return fc.oneof(...shape.options.map((option) => this.#fitting(option)));
      default:
        return fc.oneof(fc.string(), fc.array(fc.boolean(), { maxLength: 2 }));
    }
  }
}

test.each([
  ['as described', Number.POSITIVE_INFINITY],
  ['nearly as described', 400],
  ['hardly as described', 5],
])('any tables %s are refused or load', (_name, noise) => {
  fc.assert(
    fc.property(new DocumentMaker(noise).table(ROOT), (document) => {
      expectSound(loadText(stringify(document), { env: { GROQ_API_KEY: 'k' } }));
    }),
    { numRuns: 200 },
  );
});

test('any single table that is as described loads', () => {
  const maker = new DocumentMaker(Number.POSITIVE_INFINITY);
  const named = { providers: [{ name: 'p', type: 'ollama' }] };
  const { server, timeouts, retry } = ROOT.keys;
  const document = fc.record({
    server: maker.table(server.shape),
    timeouts: maker.table(timeouts.shape),
    retry: maker.table(retry.shape),
  });
  fc.assert(
    fc.property(document, (tables) => {
      const result = loadText(stringify({ ...named, ...tables }));
      expect(result.ok).toBe(true);
    }),
  );
  fc.assert(
    fc.property(maker.table(MODEL), (model) => {
      const result = loadText(stringify({ ...named, models: [{ ...model, provider: 'p', rate_limit: {} }] }));
      const problems = result.ok ? [] : result.problems.filter(({ level }) => level === 'error');
      expect(problems.map(({ path }) => path)).toEqual(['models[0].rate_limit']);
    }),
  );
});
