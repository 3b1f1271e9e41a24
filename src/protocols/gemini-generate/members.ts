import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

/*
 * The vendor reads JSON as protocol buffers do: names in two spellings, null for what is left out, numbers as texts, and
 * one element where a list is expected. https://protobuf.dev/programming-guides/json/
 */

const WORD_START = /_([a-z0-9])/g;

/** The members of an object under their names in camel case; those that are null count as left out. */
export function camelMembers(value: JsonValue | undefined): JsonObject {
  if (!isJsonObject(value)) return {};
  const members = new Map<string, JsonValue>();
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined || member === null) continue;
    const camel = name.replace(WORD_START, (_, letter: string) => letter.toUpperCase());
    if (camel === name || !members.has(camel)) members.set(camel, member);
  }
  return Object.fromEntries(members);
}

/** A list, or the single element that stands for one. */
export function asList(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
}

/** A number, also where it is written as a text. */
export function asNumber(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
