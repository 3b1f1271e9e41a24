import type { EmbedInput } from '../../canonical/embed.ts';
import { CHARACTERS_PER_TOKEN, type RequestNeeds } from '../../canonical/needs.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { wrongField } from '../openai-checks.ts';
import { ROUTER_MEMBERS } from '../router-members.ts';

/** What embedding `textLength` UTF-16 code units and `tokenCount` ready tokens needs. */
export function embedNeeds(textLength: number, tokenCount = 0): RequestNeeds {
  return {
    abilities: EMBEDDING,
    textLength: textLength + tokenCount * CHARACTERS_PER_TOKEN,
    maxOutputTokens: undefined,
  };
}

const EMBEDDING: RequestNeeds['abilities'] = new Set(['embedding']);

export function isTextList(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
}

export function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}

export function textInput(text: string): EmbedInput {
  return { kind: 'text', text };
}

/** The texts of inputs that are nothing else. */
export function textsOf(inputs: readonly EmbedInput[]): readonly string[] {
  return inputs.flatMap((input) => (input.kind === 'text' ? [input.text] : []));
}

/** Members that are neither among `known` nor the router's own. */
export function unknownMembers(body: JsonObject, known: ReadonlySet<string>): readonly string[] {
  return Object.keys(body).filter(
    (name) => !known.has(name) && !ROUTER_MEMBERS.has(name) && (body[name] ?? null) !== null,
  );
}

/** A length of vectors; undefined where it is left out. Throws `request.invalid`. */
export function readDimensions(value: JsonValue | undefined, param: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
    throw wrongField(param, 'a whole number above 0', value);
  return value;
}

/** Null is the same as left out. */
export function isSaid(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null;
}
