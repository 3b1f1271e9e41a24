import { invalidField, RouterError } from '../errors/router-error.ts';
import type { JsonObject } from '../lib/json.ts';

export interface EndpointParts {
  /** An http(s) URL without query. */
  readonly baseUrl: string;
  /** `versionPath` of the spec. */
  readonly versionPath: string;
  /** Path of the protocol below `versionPath`, from the spec; may be a template. */
  readonly path: string;
  /** `settings.endpoint`: the whole path below the base URL; may be a template. */
  readonly endpoint: string | undefined;
  /** What `{settings.x}` refers to. */
  readonly settings: JsonObject;
}

const VERSION_SEGMENT = /^v\d+(?:(?:alpha|beta)\d*)?$/i;
const PLACEHOLDER = /\{([^{}]+)\}/g;
/** Nothing, a dot segment or half a character: a URL cannot carry them as one segment. */
const UNUSABLE_SEGMENT = /^\.{0,2}$|\p{Surrogate}/u;

/**
 * Joins base URL, version and path once and gives a function from a model's upstream name to the URL of its calls.
 *
 * A version segment (`v1`, `v1beta`) is never doubled. Without `endpoint`, `versionPath` goes between base and path
 * unless the base already names a version anywhere; what the base already ends with is not repeated. With `endpoint`,
 * nothing is added beside it, and where it begins with a version, that one replaces the version the base ends with.
 *
 * Templates hold `{model}`, `{settings.name}` and alternatives such as `{settings.name|model}` or
 * `{settings.name|2024-02-15}`, where the first that is set wins and a word of another form stands for itself. Values
 * are percent-encoded. The returned function throws `request.invalid` for a model name that cannot stand in a path
 * and `model.unavailable` for a setting that is missing or cannot.
 */
export function createEndpointBuilder(parts: EndpointParts): (model: string) => URL {
  const base = new URL(parts.baseUrl);
  const template = joinTemplate(parts, segmentsOf(base.pathname));
  if (template.includes('{')) return (model) => new URL(fillTemplate(template, model, parts.settings), base.origin);
  const url = new URL(template, base.origin);
  return () => url;
}

function joinTemplate(parts: EndpointParts, base: readonly string[]): string {
  const [path = '', query] = (parts.endpoint ?? parts.path).split('?', 2);
  const below = segmentsOf(path);
  const segments =
    parts.endpoint === undefined ? joinPath(base, segmentsOf(parts.versionPath), below) : joinEndpoint(base, below);
  return `/${segments.join('/')}${query === undefined ? '' : `?${query}`}`;
}

function joinPath(base: readonly string[], version: readonly string[], path: readonly string[]): readonly string[] {
  // The address of the endpoint itself, given as base URL, is understood.
  if (overlapLength(base, path) === path.length) return base;
  return appendSegments(addVersion(base, version), path);
}

function addVersion(base: readonly string[], version: readonly string[]): readonly string[] {
  const shared = overlapLength(base, version);
  const missing = version.slice(shared);
  const wouldDouble = base.some(isVersion) && (shared === 0 || missing.some(isVersion));
  return wouldDouble ? base : [...base, ...missing];
}

function joinEndpoint(base: readonly string[], endpoint: readonly string[]): readonly string[] {
  const isReplaced = isVersion(base.at(-1)) && isVersion(endpoint[0]);
  return appendSegments(isReplaced ? base.slice(0, -1) : base, endpoint);
}

function appendSegments(left: readonly string[], right: readonly string[]): readonly string[] {
  return [...left, ...right.slice(overlapLength(left, right))];
}

/** How many segments at the end of `left` are also the first of `right`. */
function overlapLength(left: readonly string[], right: readonly string[]): number {
  for (let length = Math.min(left.length, right.length); length > 0; length -= 1) {
    const tail = left.slice(-length);
    if (tail.every((segment, index) => segment === right[index])) return length;
  }
  return 0;
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function isVersion(segment: string | undefined): boolean {
  return segment !== undefined && VERSION_SEGMENT.test(segment);
}

function fillTemplate(template: string, model: string, settings: JsonObject): string {
  return template.replace(PLACEHOLDER, (_match, alternatives: string) => {
    const names = alternatives.split('|');
    const name = names.find((candidate) => findValue(candidate, model, settings) !== undefined);
    if (name === undefined) throw new RouterError('model.unavailable', { detail: `${names[0]} is not set` });
    return encodeSegment(name, findValue(name, model, settings) ?? '');
  });
}

function findValue(name: string, model: string, settings: JsonObject): string | undefined {
  if (name === 'model') return model;
  if (!name.startsWith('settings.')) return name;
  const value = settings[name.slice('settings.'.length)];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function encodeSegment(name: string, value: string): string {
  if (!UNUSABLE_SEGMENT.test(value)) return encodeURIComponent(value);
  if (name === 'model') throw invalidField('model', 'a name that can stand in a URL path');
  throw new RouterError('model.unavailable', { detail: `${name} cannot stand in a URL path` });
}
