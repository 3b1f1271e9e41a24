/*
 * What the names of models tell. Unknown names of the family count as the newest generation, because the vendor adds
 * names faster than anybody lists them. https://ai.google.dev/gemini-api/docs/models
 */

const GEMINI = /(?:^|\/)gemini-/i;
const BEFORE_2_5 = /(?:^|\/)(?:gemini-1(?:[.-]|$)|gemini-2\.0|gemini-pro(?:-vision)?$|gemma-)/i;
const BEFORE_3 = /(?:^|\/)(?:gemini-[12](?:[.-]|$)|gemini-pro(?:-vision)?$|gemma-)/i;

/** Calls to it must carry the seal of the thought behind them, and results may hold pictures. */
export function isGemini3(model: string): boolean {
  return GEMINI.test(model) && !isBeforeGemini3(model);
}

/** Takes no pictures within results and no answer in JSON beside tools. */
export function isBeforeGemini3(model: string): boolean {
  return BEFORE_3.test(model);
}

/** Takes penalties, which the newer ones refuse with "Penalty is not enabled for this model", and does not think. */
export function isBeforeGemini25(model: string): boolean {
  return BEFORE_2_5.test(model);
}

/** The tokens that a model of 2.5 may be told to think with. https://ai.google.dev/gemini-api/docs/thinking */
export interface ThinkingRange {
  /** 0 where thinking can be switched off. */
  readonly least: number;
  readonly most: number;
}

const RANGES: readonly (readonly [model: RegExp, range: ThinkingRange])[] = [
  [/gemini-2\.5-pro/i, { least: 128, most: 32_768 }],
  [/gemini-2\.5-flash/i, { least: 0, most: 24_576 }],
];

/** Undefined for models that take levels instead. */
export function thinkingRangeOf(model: string): ThinkingRange | undefined {
  return RANGES.find(([pattern]) => pattern.test(model))?.[1];
}

/** Most tokens that a model which takes levels may be told instead. */
export function mostThinkingOf(model: string): number {
  return /flash/i.test(model) ? 24_576 : 32_768;
}

const TAKES_MINIMAL = /(?:^|\/)gemini-3(?:\.[0-6])?-flash/i;

/** The professional models, and from 3.7 the others too, refuse the level `minimal`. */
export function takesMinimalThinking(model: string): boolean {
  return TAKES_MINIMAL.test(model);
}
