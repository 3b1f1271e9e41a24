/** A small seeded generator, uniform in [0, 1), so that a failure can be had again. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const ODD = [
  '\0',
  '\n',
  '\r',
  '\r\n',
  ' ',
  '"',
  "'",
  '\\',
  '%',
  '%2F',
  '..',
  '//',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '=',
  '+',
  '|',
  '!',
  'é',
  '\u2028',
  '\ud800',
  '\uFEFF',
  '9'.repeat(20),
  '-',
  'e',
  '__proto__',
];
const MAX_EDITS = 4;
const MAX_LENGTH = 2000;

/** One of the seeds with a few edits: pieces cut out, doubled, swapped for odd ones, or taken from another seed. */
export function mutate(seeds: readonly string[], random: () => number): string {
  const below = (limit: number): number => Math.floor(random() * limit);
  let text = seeds[below(seeds.length)] ?? '';
  for (let edit = below(MAX_EDITS + 1); edit > 0; edit -= 1) {
    const at = below(text.length + 1);
    const end = Math.min(text.length, at + below(8));
    const pieces = [
      '',
      text.slice(at, end).repeat(2),
      ODD[below(ODD.length)] ?? '',
      (seeds[below(seeds.length)] ?? '').slice(0, below(40)),
    ];
    text = text.slice(0, at) + (pieces[below(pieces.length)] ?? '') + text.slice(end);
  }
  return text.slice(0, MAX_LENGTH);
}
