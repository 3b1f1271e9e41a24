import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundaryOf, createForm, editForm, type Form, parseForm, readFields } from '../../../src/lib/multipart.ts';

function formOf(bytes: Buffer | string, boundary: string): Form {
  const parsed = parseForm(Buffer.from(bytes), boundary);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.form;
}

/** The same form in the hands of another implementation, which wants longer boundaries than the standard. */
async function written(form: FormData): Promise<{ bytes: Buffer; boundary: string }> {
  const response = new Response(form);
  const boundary = boundaryOf(response.headers.get('content-type') ?? '') ?? '';
  return { bytes: Buffer.from(await response.arrayBuffer()), boundary };
}

function read(bytes: Buffer, boundary: string): Promise<FormData> {
  const headers = { 'content-type': `multipart/form-data; boundary="${boundary}"` };
  return new Response(new Uint8Array(bytes), { headers }).formData();
}

async function contentOf(value: string | File): Promise<readonly unknown[]> {
  if (typeof value === 'string') return [value];
  return [value.name, value.type, Buffer.from(await value.arrayBuffer()).toString('latin1')];
}

const fieldName = fc.constantFrom('model', 'prompt', 'tags', 'a[]', 'ключ', 'with "quotes"', 'two\r\nlines');
/** Line endings are normalised by the other side where they stand in a text. */
const text = fc.string({ unit: 'grapheme' }).map((value) => value.replace(/\r\n?|\n/g, '\r\n'));
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc
    .constantFrom('\r\n--', '\r\n--boundary', '--\r\n\r\n', '\r\n\r\n')
    .map((value) => new Uint8Array(Buffer.from(value))),
);
const entry = fc.oneof(
  fc.record({ name: fieldName, value: text }),
  fc.record({
    name: fc.constantFrom('file', 'image[]'),
    value: bytes,
    filename: fc.constantFrom('a.wav', 'ä "b".png'),
  }),
);

function build(entries: readonly { name: string; value: string | Uint8Array; filename?: string }[]): FormData {
  const form = new FormData();
  for (const { name, value, filename } of entries) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([new Uint8Array(value)], { type: 'audio/wav' }), filename);
  }
  return form;
}

describe('forms of any content', () => {
  test('what another implementation wrote is read and edited without a change to anything else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 6 }), text, async (entries, model) => {
        const original = build(entries as never);
        const { bytes: body, boundary } = await written(original);
        const form = formOf(body, boundary);
        expect(form.parts.length).toBe(entries.length);
        expect(editForm(form, {}).equals(body)).toBe(true);

        const edited = await read(editForm(form, { set: { model }, drop: ['tags'] }), boundary);
        const expected = build(entries as never);
        const hasModel = expected.has('model');
        expected.delete('tags');
        for (const [name, value] of [...edited]) if (name === 'model') expect(value).toBe(model);
        if (!hasModel) expected.append('model', model);
        expect([...edited.keys()]).toEqual([...expected.keys()]);
        const others = async (source: FormData) =>
          Promise.all([...source].filter(([name]) => name !== 'model').map(([, value]) => contentOf(value)));
        expect(await others(edited)).toEqual(await others(expected));
      }),
      { numRuns: 300 },
    );
  });

  test('any bytes at all give a form or a reason', () => {
    const piece = fc.constantFrom(
      '--b',
      '--',
      '\r\n',
      'x',
      'Content-Disposition: form-data; name="n"',
      '; filename=f',
      '"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        const body = Buffer.from(pieces.join(''));
        const parsed = parseForm(body, 'b');
        if (parsed.ok) expect(editForm(parsed.form, {}).equals(body)).toBe(true);
        else expect(parsed.message).not.toBe('');
      }),
      { numRuns: 2000 },
    );
  });
});

const PLAIN =
  'preamble\r\n--b \t\r\nContent-Disposition: form-data; name="model"\r\n\r\nold\r\n' +
  '--b\r\ncontent-disposition: FORM-DATA; filename="model\\"x"; name=file\r\n\r\n--bx\r\n--bc\r\n' +
  '--b\r\nContent-Disposition: form-data; name="x[]"\r\n\r\n1\r\n--b--\r\nepilogue';

describe('details', () => {
  test('preamble, epilogue, blanks after the boundary and longer words that begin with it', () => {
    const form = formOf(PLAIN, 'b');
    expect(form.parts.map(({ name, filename }) => [name, filename])).toEqual([
      ['model', undefined],
      ['file', 'model"x'],
      ['x[]', undefined],
    ]);
    expect(readFields(form)).toEqual({ model: 'old', x: ['1'] });
    expect(editForm(form, { set: { model: 'newer' } }).toString()).toBe(PLAIN.replace('old', 'newer'));
    const dropped = formOf(editForm(form, { drop: ['model', 'x'] }), 'b');
    expect(dropped.parts.map(({ name }) => name)).toEqual(['file']);
  });

  test('a name that comes twice gives a list, and is set in both places', () => {
    const part = '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n';
    const form = formOf(`${part}${part}--b--`, 'b');
    expect(readFields(form)).toEqual({ model: ['m', 'm'] });
    expect(readFields(formOf(editForm(form, { set: { model: 'n' } }), 'b'))).toEqual({ model: ['n', 'n'] });
  });

  test('no more than 256 parts', () => {
    const part = '--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n\r\n';
    expect(parseForm(Buffer.from(`${part.repeat(256)}--b--`), 'b').ok).toBe(true);
    expect(parseForm(Buffer.from(`${part.repeat(257)}--b--`), 'b')).toMatchObject({ message: 'more than 256 parts' });
  });

  test.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['multipart/form-data; charset=utf-8; boundary="a b;c"', 'a b;c'],
    ['Multipart/Form-Data;BOUNDARY=x', 'x'],
    ['multipart/form-data', undefined],
    ['multipart/mixed; boundary=x', undefined],
    ['application/json', undefined],
    [undefined, undefined],
  ])('the boundary of %s', (type, boundary) => expect(boundaryOf(type)).toBe(boundary));

  test('a form that is made of members', async () => {
    const file = { name: 'file', filename: 'ä".wav', mediaType: 'audio/wav', bytes: Buffer.from([0, 13, 10, 255]) };
    const boundary = 'a-boundary-that-is-long-enough';
    const form = createForm({ model: 'm', n: 1, list: ['x', 'y'], none: null }, file, boundary);
    const reread = await read(form.bytes, boundary);
    expect([...reread.keys()]).toEqual(['model', 'n', 'list[]', 'list[]', 'file']);
    expect(await contentOf(reread.get('file')!)).toEqual(['ä".wav', 'audio/wav', '\u0000\r\nÿ']);
  });
});
