/** Units of time as programs and people write them, in milliseconds; the plural is read as well. */
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['millisecond', 1],
  ['s', 1000],
  ['sec', 1000],
  ['second', 1000],
  ['m', 60_000],
  ['min', 60_000],
  ['minute', 60_000],
  ['h', 3_600_000],
  ['hour', 3_600_000],
  ['d', 86_400_000],
  ['day', 86_400_000],
]);

/** A number and the word behind it. */
const PART = /(\d{1,15}(?:\.\d{1,15})?) ?([a-z]{1,12})[ ,]{0,2}/iy;

/**
 * The span of time that `text` begins with, in milliseconds: `6m0s`, `20ms`, `1h2m3.5s`, `26 seconds`. Undefined where
 * it does not begin with one; a number without a unit is none. https://pkg.go.dev/time#Duration.String
 */
export function parseSpan(text: string): number | undefined {
  let spanMs: number | undefined;
  PART.lastIndex = 0;
  for (let part = PART.exec(text); part !== null; part = PART.exec(text)) {
    const partMs = Number(part[1]) * (unitMs(part[2]) ?? Number.NaN);
    if (Number.isNaN(partMs)) break;
    spanMs = (spanMs ?? 0) + partMs;
  }
  return spanMs;
}

function unitMs(word = ''): number | undefined {
  const unit = word.toLowerCase();
  return UNIT_MS.get(unit) ?? UNIT_MS.get(unit.replace(/s$/, ''));
}
