import { invalidField } from '../errors/router-error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';
import { checkNameText, distinctNames } from './name-text.ts';
import { MAX_TAG_LENGTH } from './parse-tag-expression.ts';

/** What one part of a request (its headers, its body, its path) asks of the models. What is absent asks for nothing. */
export interface Selection {
  /** All of. */
  readonly tags?: readonly string[];
  /** At least one of. */
  readonly anyTags?: readonly string[];
  /** None of. */
  readonly notTags?: readonly string[];
  readonly prefer?: readonly string[];
  readonly providers?: readonly string[];
  readonly excludeProviders?: readonly string[];
  readonly providerTypes?: readonly string[];
  readonly excludeProviderTypes?: readonly string[];
  /** The model's own name. */
  readonly name?: string;
  readonly includeInactive?: boolean;
}

export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The lists of a selection: their names in a body, which with dashes after `x-router-` are those of the headers. */
const LISTS = {
  tags: 'tags',
  anyTags: 'any_tags',
  notTags: 'not_tags',
  prefer: 'prefer',
  providers: 'providers',
  excludeProviders: 'exclude_providers',
  providerTypes: 'provider_types',
  excludeProviderTypes: 'exclude_provider_types',
} as const satisfies Partial<Record<keyof Selection, string>>;

/** The members of a selection that are lists of names. */
export type SelectionList = keyof typeof LISTS;

const LIST_ENTRIES = Object.entries(LISTS) as readonly (readonly [SelectionList, string])[];

/** Asks for nothing. Most requests do, so that it is worth recognising. */
export const NO_SELECTION: Selection = {};

type Lists = Partial<Record<SelectionList, readonly string[]>>;

/** Known, but not to be ignored silently: whoever sets a ceiling counts on it. */
const UNAVAILABLE = ['max_cost_usd', 'max_latency_ms'] as const;
const STRATEGY = 'strategy';
const ONLY_STRATEGY = 'priority';

const LIST_HEADERS = LIST_ENTRIES.map(([member, name]) => [member, headerOf(name)] as const);
const SELECTION_HEADERS = [...Object.values(LISTS), STRATEGY, ...UNAVAILABLE].map(headerOf);
const SELECTION_MEMBERS: ReadonlySet<string> = new Set([
  ...Object.values(LISTS),
  STRATEGY,
  ...UNAVAILABLE,
  'name',
  'include_inactive',
]);

/** More names in one list are no question but an attack on the time it takes to answer. */
const MAX_LIST_LENGTH = 64;

/**
 * Reads the `x-router-…` headers: comma-separated, each name percent-encoded UTF-8 where it needs to be. Throws
 * `request.invalid`, naming the header.
 */
export function readHeaderSelection(headers: RequestHeaders): Selection {
  if (SELECTION_HEADERS.every((header) => headers[header] === undefined)) return NO_SELECTION;
  checkUnavailable((name) => headerText(headers, headerOf(name)), headerOf);
  const lists: Lists = {};
  for (const [member, header] of LIST_HEADERS) {
    const text = headerText(headers, header);
    if (text === undefined) continue;
    const names = text.split(',').map((part) => decodeHeader(part, header));
    setList(lists, member, names, header);
  }
  return lists;
}

/**
 * Reads the members of a body, or those of its `query`, which win where both are there. Lists are arrays of strings or
 * one string with commas; null is the same as absent. Throws `request.invalid`, naming the member.
 */
export function readBodySelection(body: JsonObject): Selection {
  const query = body['query'];
  if (query === undefined || query === null) return readMembers(body, '');
  if (!isJsonObject(query)) throw invalidField('query', 'expected an object');
  return { ...readMembers(body, ''), ...readMembers(query, 'query.') };
}

function readMembers(body: JsonObject, path: string): Selection {
  if (!Object.keys(body).some((name) => SELECTION_MEMBERS.has(name))) return NO_SELECTION;
  checkUnavailable(
    (name) => body[name] ?? undefined,
    (name) => `${path}${name}`,
  );
  const lists: Lists = {};
  for (const [member, name] of LIST_ENTRIES) {
    const value = body[name];
    if (value === undefined || value === null) continue;
    setList(lists, member, readList(value, `${path}${name}`), `${path}${name}`);
  }
  const name = readName(body['name'], `${path}name`);
  const includeInactive = readFlag(body['include_inactive'], `${path}include_inactive`);
  return {
    ...lists,
    ...(name === undefined ? {} : { name }),
    ...(includeInactive === undefined ? {} : { includeInactive }),
  };
}

/** An empty list asks for nothing, as it always has: it is the same as no list. */
function setList(lists: Lists, member: SelectionList, names: readonly string[], param: string): void {
  const distinct = distinctNames(names);
  if (distinct.length > MAX_LIST_LENGTH) throw invalidField(param, `expected at most ${MAX_LIST_LENGTH} names`);
  for (const name of distinct) checkNameText(name, param, MAX_TAG_LENGTH);
  if (distinct.length > 0) lists[member] = distinct;
}

function readList(value: JsonValue, param: string): readonly string[] {
  if (typeof value === 'string') return value.split(',');
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  if (!isList) throw invalidField(param, 'expected a list of strings, or one string with commas');
  return value;
}

function readName(value: JsonValue | undefined, param: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalidField(param, 'expected a string');
  checkNameText(value, param, MAX_TAG_LENGTH);
  return value.trim() === '' ? undefined : value.trim();
}

function readFlag(value: JsonValue | undefined, param: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalidField(param, 'expected true or false');
  return value;
}

function checkUnavailable(read: (name: string) => JsonValue | undefined, paramOf: (name: string) => string): void {
  const strategy = read(STRATEGY);
  if (strategy !== undefined && strategy !== ONLY_STRATEGY) {
    throw invalidField(
      paramOf(STRATEGY),
      `only "${ONLY_STRATEGY}" can be chosen; other strategies are not available yet`,
    );
  }
  const unavailable = UNAVAILABLE.find((name) => read(name) !== undefined);
  if (unavailable !== undefined) throw invalidField(paramOf(unavailable), 'this ceiling is not available yet');
}

/** The header that says what the member `name` of a body says. */
function headerOf(name: string): string {
  return `x-router-${name.replaceAll('_', '-')}`;
}

function headerText(headers: RequestHeaders, header: string): string | undefined {
  const value = headers[header];
  const text = typeof value === 'string' ? value : value?.join(',');
  return text?.trim() === '' ? undefined : text?.trim();
}

/** Node hands over a header's bytes as one character each; clients may send UTF-8 as it is or percent-encoded. */
function decodeHeader(part: string, header: string): string {
  const text = Buffer.from(part, 'latin1');
  try {
    return decodeURIComponent(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch {
    throw invalidField(header, 'expected percent-encoded UTF-8; a percent sign itself is written %25');
  }
}
