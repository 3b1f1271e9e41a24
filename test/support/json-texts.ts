import fc from 'fast-check';
import { RawJson, stringify } from './vendors/raw-json.ts';

/** Any number that JSON can write, most of them longer than a double. */
const numberText = fc.oneof(
  fc.stringMatching(/^-?(0|[1-9]\d{0,25})(\.\d{1,25})?([eE][+-]?\d{1,4})?$/),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.bigInt(-(2n ** 70n), 2n ** 70n).map(String),
  fc.constantFrom('0', '-0', '1e400', '-1e-400', '5e-324', '9007199254740993', '0.1000000000000000000001', '1E+0310'),
);

const word = fc.oneof(
  fc.string({ unit: 'binary' }),
  numberText,
  fc.constantFrom('__proto__', '\\', '"', '\\"', ',1e400', '🦜'),
);

const { object } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    numberText.map((text) => new RawJson(text)),
    word,
    fc.constantFrom(true, false, null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(word, tie('value'), { maxKeys: 5 }),
}));

/** JSON objects as text, with numbers of every length. */
export const objectText = object.map(stringify);

/** What a JSON text says, where every number is the text of its exact value. */
export function exactValuesOf(text: string): unknown {
  const exact = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) => {
    return token.startsWith('"') ? token : `"number ${exactValue(token)}"`;
  });
  return JSON.parse(exact);
}

function exactValue(number: string): string {
  const [mantissa = '', power = '0'] = number.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  let digits = BigInt(whole + fraction);
  let exponent = Number(power) - fraction.length;
  if (digits === 0n) return '0';
  for (; digits % 10n === 0n; exponent += 1) digits /= 10n;
  return `${digits}e${exponent}`;
}
