import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { type AST, parseTOML } from 'toml-eslint-parser';
import { describe, expect, test } from 'vitest';
import { formatPlace, type Place, placeOf } from '../../../src/config/place.ts';
import { placeProblems } from '../../../src/config/place-problems.ts';

type Segments = readonly (string | number)[];

function placeFrom(segments: Segments): Place | undefined {
  return segments.reduce<Place | undefined>((parent, key) => placeOf(parent, key), undefined);
}

function positionOf(text: string, ...segments: Segments): string {
  const [problem] = placeProblems(text, [{ level: 'error', place: placeFrom(segments), message: '' }]);
  return `${problem?.line}:${problem?.column}`;
}

/** Every key, header and item of a text by a full syntax tree: `path line:column`, the first place of each path. */
function oracle(text: string): Map<string, { segments: Segments; position: string }> {
  const found = new Map<string, { segments: Segments; position: string }>();
  const add = (segments: Segments, { loc }: AST.TOMLNode): void => {
    const path = formatPlace(placeFrom(segments));
    if (!found.has(path)) found.set(path, { segments, position: `${loc.start.line}:${loc.start.column + 1}` });
  };
  const addAll = (segments: Segments, from: number, node: AST.TOMLNode): void => {
    for (let length = from + 1; length <= segments.length; length += 1) add(segments.slice(0, length), node);
  };
  const visitValue = (value: AST.TOMLContentNode, segments: Segments): void => {
    if (value.type === 'TOMLInlineTable') visitPairs(value.body, segments);
    if (value.type !== 'TOMLArray') return;
    for (const [index, element] of value.elements.entries()) {
      add([...segments, index], element);
      visitValue(element, [...segments, index]);
    }
  };
  const visitPairs = (pairs: readonly AST.TOMLKeyValue[], parent: Segments): void => {
    for (const { key, value } of pairs) {
      const segments = [...parent, ...key.keys.map((part) => (part.type === 'TOMLBare' ? part.name : part.value))];
      addAll(segments, parent.length, key);
      visitValue(value, segments);
    }
  };
  for (const node of parseTOML(text, { tomlVersion: '1.1' }).body[0].body) {
    if (node.type === 'TOMLKeyValue') visitPairs([node], []);
    else {
      addAll(node.resolvedKey, 0, node);
      visitPairs(node.body, node.resolvedKey);
    }
  }
  return found;
}

function expectLikeOracle(text: string): void {
  const places = [...oracle(text).values()];
  const drafts = places.map(({ segments }) => ({ level: 'error' as const, place: placeFrom(segments), message: '' }));
  const placed = new Map(placeProblems(text, drafts).map(({ path, line, column }) => [path, `${line}:${column}`]));
  for (const { segments, position } of places) {
    const path = formatPlace(placeFrom(segments));
    expect([path, placed.get(path.length > 300 ? `${path.slice(0, 300)}…` : path)]).toEqual([path, position]);
  }
}

const SAMPLE = `# comment with [[models]] and "quotes
title = "a # b" # [x]
"quoted key".'second one' = 1
"esc\\u0061ped \\"key\\"" = { a = 1, "b c" = [1, 2], d.e = "}" }
long = """
[[models]]
name = "not this one" \\"""
""""
raw = '''
[server]
'''''
empty = ""
none = []
dates = [1979-05-27 07:32:00Z, 07:32:00, 1979-05-27T00:32:00.999-07:00]
numbers = [ 0xF,
  # a comment, with a comma ]
  [ -1_000.5e3, inf ], { x = [ "]" ,], y = true },
]
	[server]  # tab before
  host	=	"0.0.0.0"
[[models]]
name = 'one'
[models.config]
priority = 1
[[models.extra]]
a = 1
[[models.extra]]
a = 2
[[ models ]]
name = "two"
[models . config]
"priority" = 2
[[models.extra]]
deep.er.still = 3
[routing]
[[routing.pairs]]
name = "x"
`;

describe('positions', () => {
  test('are those of the key, the header or the item', () => {
    expect(positionOf(SAMPLE, 'server', 'host')).toBe('20:3');
    expect(positionOf(SAMPLE, 'models', 1, 'config', 'priority')).toBe('32:1');
    expect(positionOf(SAMPLE, 'models', 0, 'extra', 1, 'a')).toBe('28:1');
    expect(positionOf(SAMPLE, 'numbers', 2, 'x', 0)).toBe('17:32');
    expect(positionOf(SAMPLE, 'routing', 'pairs', 0)).toBe('36:1');
  });

  test('of something that is not there are those of the table around it', () => {
    expect(positionOf(SAMPLE, 'models', 1, 'provider')).toBe('29:1');
    expect(positionOf(SAMPLE, 'models', 0, 'config', 'model')).toBe('23:1');
    expect(positionOf(SAMPLE, 'nowhere')).toBe('undefined:undefined');
    expect(positionOf(SAMPLE)).toBe('undefined:undefined');
  });

  test('are those that a full syntax tree gives', () => {
    expect(oracle(SAMPLE).size).toBeGreaterThan(50);
    expectLikeOracle(SAMPLE);
    expectLikeOracle(SAMPLE.replaceAll('\n', '\r\n'));
  });

  test('are those that a full syntax tree gives, for any document', () => {
    const scalar = fc.oneof(
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      fc.integer(),
      fc.boolean(),
      fc.double({ noNaN: true }),
    );
    const key = fc.oneof(fc.constantFrom('a', 'b', 'models', 'config'), fc.string({ minLength: 1 }));
    const { table } = fc.letrec<{ value: unknown; table: Record<string, unknown> }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        scalar,
        fc.array(tie('table'), { minLength: 1, maxLength: 3 }),
        fc.array(tie('value'), { maxLength: 3 }),
        tie('table'),
      ),
      table: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    }));
    fc.assert(
      fc.property(table, (document) => {
        const text = stringify(document);
        parse(text);
        expectLikeOracle(text);
      }),
      { numRuns: 300 },
    );
  });

  test('a whole file of comments and blanks is walked through', () => {
    const text = `${'#\n'.repeat(500_000)}${' \n'.repeat(500_000)}a = 1\n`;
    expect(positionOf(text, 'a')).toBe('1000001:1');
  });
});

test('problems come in the order of the file, those without a place first', () => {
  const draft = (message: string, ...segments: Segments) => ({
    level: 'warning' as const,
    place: placeFrom(segments),
    message,
  });
  const problems = placeProblems('a = 1\nb = 2 \n', [draft('b', 'b'), draft('a', 'a'), draft('none', 'x')]);
  expect(problems.map(({ message }) => message)).toEqual(['none', 'a', 'b']);
});

test('a path names keys as TOML would write them, on one line and not without end', () => {
  expect(formatPlace(placeFrom(['models', 3, 'rate_limit', 'max_requests']))).toBe('models[3].rate_limit.max_requests');
  expect(formatPlace(placeFrom(['a b', 'c"d', 'x-y']))).toBe('"a b"."c\\"d".x-y');
  const [problem] = placeProblems('a = 1', [
    { level: 'error', place: placeFrom([`\u0085\u2028${'k'.repeat(1000)}`]), message: '' },
  ]);
  expect(problem?.path).toMatch(/^"\\u0085\\u2028k{250,300}…$/);
});
