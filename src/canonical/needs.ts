/** Abilities that a request needs from a model, in the order in which they are checked and named. */
export const ABILITIES = ['image', 'audio', 'video', 'document', 'tools', 'json_schema'] as const;

export type Ability = (typeof ABILITIES)[number];

/** What a request needs from a model, read from the request itself. */
export interface RequestNeeds {
  readonly abilities: ReadonlySet<Ability>;
  /** Length of all text (messages, tool schemas) in UTF-16 code units; media is not counted. */
  readonly textLength: number;
  /** The most tokens the client asked to be generated, if it said so. */
  readonly maxOutputTokens: number | undefined;
}

export const NO_NEEDS: RequestNeeds = { abilities: new Set(), textLength: 0, maxOutputTokens: undefined };

const CHARACTERS_PER_TOKEN = 4;

/**
 * A lower estimate of the tokens that prompt and answer take together. Low on purpose (four characters a token, true
 * for English): a model is excluded for its context window only when the request cannot fit.
 */
export function estimateTokens(needs: RequestNeeds): number {
  return Math.ceil(needs.textLength / CHARACTERS_PER_TOKEN) + (needs.maxOutputTokens ?? 0);
}
