/*
 * Numbers in JSON text that a double does not keep: more digits than it holds, or a power beyond its reach.
 */

/** So many digits always survive; more may do so or not. */
const SAFE_DIGITS = 15;

/** No double is printed with more. */
const MAX_DIGITS = 17;

/** A power that may be too much, whatever stands before it. */
const LARGE_POWER = /\d[eE][+-]?\d{3}/;
const LARGE_POWERS = new RegExp(LARGE_POWER, 'g');

/**
 * False, and quickly so, for nearly every text without such a number; true may also mean digits within a string. One
 * character for each byte will do.
 */
export function mayLoseDigits(text: string): boolean {
  return hasLongNumber(text) || hasLargePower(text);
}

/** Looks at one character in sixteen: a run of so many digits cannot lie between two looks. */
function hasLongNumber(text: string): boolean {
  let at = SAFE_DIGITS;
  while (at < text.length) {
    if (isDigitOrPoint(text, at)) {
      const start = startOfDigits(text, at);
      while (isDigitOrPoint(text, at)) at += 1;
      if (at - start > SAFE_DIGITS && mayStartValue(text, start)) return true;
    }
    at += SAFE_DIGITS + 1;
  }
  return false;
}

function hasLargePower(text: string): boolean {
  if (text.search(LARGE_POWER) === -1) return false;
  for (const { index } of text.matchAll(LARGE_POWERS)) {
    if (mayStartValue(text, startOfDigits(text, index))) return true;
  }
  return false;
}

function startOfDigits(text: string, at: number): number {
  let start = at;
  while (isDigitOrPoint(text, start - 1)) start -= 1;
  return start;
}

const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

function isDigitOrPoint(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (code >= ZERO && code <= NINE) || code === POINT;
}

const BEFORE_NUMBER: ReadonlySet<string> = new Set([':', ',', '[', '-', ' ', '\t', '\n', '\r']);

function mayStartValue(text: string, start: number): boolean {
  return BEFORE_NUMBER.has(text.charAt(start - 1));
}

/** True where the double of a number is printed as a number of the same value. `number` has to be valid JSON. */
export function survivesAsDouble(number: string): boolean {
  if (number.length <= SAFE_DIGITS && !/e/i.test(number)) return true;
  const words = String(Number(number));
  if (words === number) return true;
  const { digits, power } = decimalOf(number);
  if (digits === '') return true;
  if (digits.length > MAX_DIGITS) return false;
  const printed = decimalOf(words);
  return printed.digits === digits && printed.power === power;
}

interface Decimal {
  /** Without zeros at either end; empty for zero. */
  readonly digits: string;
  /** Of ten: what the digits, taken as a whole number, are multiplied with. */
  readonly power: number;
}

const DECIMAL = /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

/** The sign left aside. Words as `Infinity` have no digits. */
function decimalOf(number: string): Decimal {
  const [, whole = '', fraction = '', power = '0'] = DECIMAL.exec(number) ?? [];
  const digits = whole + fraction;
  let start = 0;
  while (digits[start] === '0') start += 1;
  let end = digits.length;
  while (end > start && digits[end - 1] === '0') end -= 1;
  return { digits: digits.slice(start, end), power: Number(power) - fraction.length + digits.length - end };
}
