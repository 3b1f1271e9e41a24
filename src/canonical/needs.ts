/** Kinds of work beside chat. Each has its endpoints, and a request asks for at most one of them. */
export const WORK_ABILITIES = [
  'embedding',
  'rerank',
  'moderation',
  'image_generation',
  'speech',
  'transcription',
  'completion',
] as const;

export type WorkAbility = (typeof WORK_ABILITIES)[number];

/** Abilities that a request needs from a model, in the order in which they are checked and named. */
export const ABILITIES = [
  'chat',
  ...WORK_ABILITIES,
  'image',
  'audio',
  'video',
  'document',
  'tools',
  'json_schema',
] as const;

export type Ability = (typeof ABILITIES)[number];

/** What a request needs from a model, read from the request itself. */
export interface RequestNeeds {
  /** A request that names no kind of work is for chat. */
  readonly abilities: ReadonlySet<Ability>;
  /** Length of all text (messages, tool schemas) in UTF-16 code units; media is not counted. */
  readonly textLength: number;
  /** The most tokens the client asked to be generated, if it said so. */
  readonly maxOutputTokens: number | undefined;
  /** Answers that the client asked for at once; absent: one. */
  readonly answerCount?: number;
}

export const NO_NEEDS: RequestNeeds = { abilities: new Set(), textLength: 0, maxOutputTokens: undefined };

/** Length of a token in UTF-16 code units, as estimates count. */
export const CHARACTERS_PER_TOKEN = 4;

/**
 * A lower estimate of the tokens that prompt and answer take together. Low on purpose (four characters a token, true
 * for English): a model is excluded for its context window only when the request cannot fit. `longestAnswer`: most
 * tokens that the model generates, whatever is asked for.
 */
export function estimateTokens(needs: RequestNeeds, longestAnswer = Number.POSITIVE_INFINITY): number {
  return estimatePromptTokens(needs) + Math.min(needs.maxOutputTokens ?? 0, longestAnswer);
}

/** The prompt's part of `estimateTokens`. */
export function estimatePromptTokens(needs: RequestNeeds): number {
  return tokensOfLength(needs.textLength);
}

/** Tokens of so many UTF-16 code units of text, as `estimateTokens` counts them. */
export function tokensOfLength(textLength: number): number {
  return Math.ceil(textLength / CHARACTERS_PER_TOKEN);
}
