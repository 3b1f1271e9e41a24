import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/lib/json.ts';
import { fitSchema } from '../../../src/protocols/gemini-generate/json-schema.ts';
import { decodeSchemaForm } from '../../../src/protocols/gemini-generate/schema-form.ts';

const KEYWORDS = new Set([
  ...['type', 'format', 'title', 'description', 'enum', 'items', 'prefixItems', 'minItems', 'maxItems', 'minimum'],
  ...['maximum', 'anyOf', 'oneOf', 'properties', 'additionalProperties', 'required', 'propertyOrdering'],
]);

/** Throws for anything outside the documented subset. */
function checkSubset(value: JsonValue | undefined): void {
  if (!isJsonObject(value)) throw new Error(`no schema: ${JSON.stringify(value)}`);
  if (value['$ref'] !== undefined) {
    expect(Object.keys(value)).toEqual(['$ref']);
    expect(value['$ref']).toMatch(/^#\/\$defs\//);
    return;
  }
  for (const [keyword, member] of Object.entries(value)) {
    if (!KEYWORDS.has(keyword)) throw new Error(`keyword ${keyword}`);
    if (keyword === 'properties') for (const schema of Object.values(member as JsonObject)) checkSubset(schema);
    if (['anyOf', 'oneOf', 'prefixItems'].includes(keyword))
      for (const schema of member as JsonValue[]) checkSubset(schema);
    if (keyword === 'items' || (keyword === 'additionalProperties' && typeof member !== 'boolean')) checkSubset(member);
    if (keyword === 'enum') {
      for (const item of member as JsonValue[]) expect(['string', 'number']).toContain(typeof item);
    }
  }
}

function checkRoot(schema: JsonObject): void {
  const { $defs, ...root } = schema;
  checkSubset(root);
  for (const definition of Object.values(($defs ?? {}) as JsonObject)) checkSubset(definition);
  for (const pointer of JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)) {
    expect(Object.keys($defs as JsonObject)).toContain(pointer[1]);
  }
}

const POINTERS = [
  '#',
  '#/$defs/a',
  '#/definitions/b',
  '#/$defs/none',
  '#/properties/a',
  '#/properties/a/items',
  'x.json',
  '#/%zz',
];

/** Schemas of every keyword, with sense and without, and references to anywhere. */
const schema = fc.letrec<{ schema: JsonObject; value: JsonValue }>((tie) => {
  const schemas = fc.array(tie('schema'), { maxLength: 2 });
  const named = fc.dictionary(fc.constantFrom('a', 'b', '$ref', 'type', '__proto__'), tie('schema'), { maxKeys: 3 });
  const keyword: Record<string, fc.Arbitrary<unknown>> = {
    $ref: fc.constantFrom(...POINTERS),
    $defs: named,
    definitions: named,
    type: fc.oneof(fc.constantFrom('string', 'OBJECT', 'null', 'nonsense'), fc.constant(['string', 'null'])),
    properties: named,
    patternProperties: named,
    required: fc.constant(['a', 'c']),
    additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
    items: fc.oneof(tie('schema'), schemas, fc.boolean()),
    anyOf: schemas,
    oneOf: schemas,
    allOf: schemas,
    not: tie('schema'),
    if: tie('schema'),
    const: tie('value'),
    enum: fc.array(tie('value'), { maxLength: 3 }),
    nullable: fc.boolean(),
    pattern: fc.constant('^a'),
    minLength: fc.nat(),
    minimum: fc.integer(),
    default: tie('value'),
    description: fc.string(),
    'x-note': fc.string(),
  };
  return {
    value: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'schema' },
      fc.constantFrom<JsonValue>('x', 1, true, false, null),
      tie('schema'),
    ),
    schema: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'schema' },
      fc.constant<JsonObject>({ type: 'string' }),
      fc.subarray(Object.keys(keyword), { maxLength: 4 }).chain((names) => {
        return fc.record(Object.fromEntries(names.map((name) => [name, keyword[name] as fc.Arbitrary<JsonValue>])));
      }),
    ),
  };
}).schema;

test('whatever the schema, only words of the subset come out, and references lead somewhere', () => {
  fc.assert(
    fc.property(schema, (given) => checkRoot(fitSchema(given).schema)),
    { numRuns: 2000 },
  );
});

test('a schema of the subset stays as it is', () => {
  const given = {
    type: 'object',
    title: 'T',
    properties: {
      a: { type: ['string', 'null'], enum: ['x', 'y'], description: 'words' },
      b: {
        anyOf: [
          { type: 'integer', minimum: 1 },
          { type: 'array', items: { $ref: '#/$defs/n' }, maxItems: 2 },
        ],
      },
    },
    required: ['a'],
    additionalProperties: false,
    propertyOrdering: ['a', 'b'],
    $defs: { n: { type: 'object', properties: { next: { $ref: '#/$defs/n' } } } },
  };
  expect(fitSchema(given)).toEqual({ schema: given, lost: [], hasLostShape: false });
});

describe('what is said in other words', () => {
  const same = (given: JsonObject, expected: JsonObject): void => {
    expect(fitSchema(given)).toEqual({ schema: expected, lost: [], hasLostShape: false });
  };

  test('const is a list of one', () => {
    same({ type: 'string', const: 'a' }, { type: 'string', enum: ['a'] });
    same({ const: 7 }, { enum: [7] });
    same({ const: null }, { type: 'null' });
  });

  test('null in a list is a type', () => {
    same({ enum: ['a', null] }, { enum: ['a'], type: ['string', 'null'] });
    same({ type: ['string', 'null'], enum: ['a', null] }, { type: ['string', 'null'], enum: ['a'] });
    same({ enum: [true, false, null] }, { type: ['boolean', 'null'] });
    same({ type: 'string', nullable: true }, { type: ['string', 'null'] });
  });

  test('notes to readers go without a word', () => {
    same(
      { $schema: 'x', $id: 'y', type: 'string', default: 'a', examples: ['b'], 'x-own': 1, title: 'T' },
      { type: 'string', title: 'T' },
    );
  });

  test('tuples of older drafts', () => {
    same({ items: [{ type: 'string' }, {}] }, { prefixItems: [{ type: 'string' }, {}] });
  });

  test('all of several schemas are one', () => {
    same(
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { $ref: '#/definitions/d', description: 'near' },
        ],
        definitions: { d: { type: 'object', description: 'far', properties: { b: {} }, required: ['b'] } },
      },
      {
        description: 'near',
        type: 'object',
        properties: { a: { type: 'string' }, b: {} },
        required: ['a', 'b'],
      },
    );
  });

  test('older definitions, and references with words beside them', () => {
    same(
      {
        properties: {
          a: { $ref: '#/definitions/d' },
          b: { $ref: '#/definitions/d', description: 'beside' },
          c: { $ref: '#/properties/b' },
        },
        definitions: { d: { type: 'string' } },
      },
      {
        properties: {
          a: { $ref: '#/$defs/d' },
          b: { type: 'string', description: 'beside' },
          c: { type: 'string', description: 'beside' },
        },
        $defs: { d: { type: 'string' } },
      },
    );
  });
});

describe('what is lost', () => {
  test.each([
    [{ type: 'string', pattern: 'x', minLength: 1 }, ['pattern', 'minLength'], false],
    [{ not: {} }, ['not'], true],
    [{ patternProperties: {} }, ['patternProperties'], true],
    [{ $ref: 'https://elsewhere/x.json' }, ['$ref'], true],
    [{ properties: { a: { $ref: '#', description: 'me' } } }, ['$ref'], true],
    [{ enum: [true] }, ['enum'], true],
    [{ enum: [{ a: 1 }] }, ['enum'], true],
    [{ items: false }, ['false'], true],
    [{ allOf: [{ type: 'string' }, { type: 'number' }] }, ['allOf'], true],
    [{ required: ['ghost'] }, ['required'], true],
  ] as const)('%j loses %j', (given, lost, hasLostShape) => {
    expect(fitSchema(given as unknown as JsonObject)).toMatchObject({ lost, hasLostShape });
  });

  test('what is too deep or too much is cut', () => {
    let deep: JsonObject = { type: 'string' };
    for (let depth = 0; depth < 10_000; depth += 1) deep = { items: deep };
    expect(fitSchema(deep).lost).toEqual(['depth']);
    const names = Array.from({ length: 30 }, (_, index) => `d${index}`);
    const doubling = Object.fromEntries(
      names.map((name, index) => {
        const next = { $ref: `#/$defs/${names[index + 1] ?? 'd0'}`, title: 'x' };
        return [name, { properties: { a: next, b: next } }];
      }),
    );
    expect(fitSchema({ $ref: '#/$defs/d0', title: 'x', $defs: doubling }).lost).toContain('depth');
    const chain = Object.fromEntries(
      Array.from({ length: 2000 }, (_, index) => [`d${index}`, { items: { $ref: `#/$defs/d${index + 1}` } }]),
    );
    expect(fitSchema({ $ref: '#/$defs/d0', $defs: chain }).lost).toEqual(['$ref']);
  });
});

describe("the vendor's own form of schemas", () => {
  test('types in capitals, numbers as texts, both spellings', () => {
    const decoded = decodeSchemaForm({
      type: 'OBJECT',
      properties: {
        b: { type: 'STRING', format: 'enum', enum: ['x'], nullable: true },
        a: { type: 'ARRAY', items: { type: 'INTEGER' }, min_items: '2', example: 1 },
        c: { any_of: [{ type: 'NUMBER' }, { type: 'TYPE_UNSPECIFIED' }] },
      },
      required: ['a'],
      property_ordering: ['a', 'b', 'ghost'],
    });
    expect(decoded).toEqual({
      type: 'object',
      properties: {
        a: { type: 'array', items: { type: 'integer' }, minItems: 2 },
        b: { type: ['string', 'null'], enum: ['x'] },
        c: { anyOf: [{ type: 'number' }, {}] },
      },
      required: ['a'],
    });
    expect(Object.keys(decoded['properties'] as JsonObject)).toEqual(['a', 'b', 'c']);
  });

  test('anything at all is read', () => {
    fc.assert(
      fc.property(schema, (given) => {
        expect(decodeSchemaForm(given)).toBeTypeOf('object');
      }),
    );
  });
});
