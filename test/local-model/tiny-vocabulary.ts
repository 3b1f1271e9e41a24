/** What the tiny model says to everybody: words, punctuation, characters of three and of four bytes. */
export const SENTENCE = 'Hello from a tiny in-process model: 你好 👋 done.';

export const SPECIAL_TOKENS = ['<|begin|>', '<|end|>', '<|user|>', '<|assistant|>'] as const;

type SpecialToken = (typeof SPECIAL_TOKENS)[number];

/** A byte-level BPE vocabulary: all bytes, then what grows by merging the words of `SENTENCE`, then special tokens. */
export interface TinyVocabulary {
  /** Position is the id. */
  readonly tokens: readonly string[];
  readonly merges: readonly (readonly [left: string, right: string])[];
  /** Ids of the words of `SENTENCE`, in order. */
  readonly sentence: readonly number[];
  readonly idOf: (token: SpecialToken) => number;
}

const WORDS = / ?[A-Za-z]+| ?[^\sA-Za-z]+/gu;

export function buildVocabulary(): TinyVocabulary {
  const symbols = byteSymbols();
  const tokens = [...symbols];
  const merges = new Map<string, readonly [string, string]>();
  const words = SENTENCE.match(WORDS) ?? [];
  const sentence = words.map((word) => {
    const parts = [...Buffer.from(word)].map((byte) => symbols[byte] ?? '');
    const whole = parts.reduce((left, right) => {
      merges.set(`${left} ${right}`, [left, right]);
      if (!tokens.includes(left + right)) tokens.push(left + right);
      return left + right;
    });
    return tokens.indexOf(whole);
  });
  const firstSpecial = tokens.length;
  return {
    tokens: [...tokens, ...SPECIAL_TOKENS],
    merges: [...merges.values()],
    sentence,
    idOf: (token) => firstSpecial + SPECIAL_TOKENS.indexOf(token),
  };
}

/** A printable character for each byte, as byte-level BPE has had them since GPT-2. */
function byteSymbols(): string[] {
  let spare = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCodePoint(isPrintable ? byte : spare++);
  });
}
