import { asArray, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { fitEnum } from './schema-enum.ts';
import { isBound, isConstraint } from './schema-keywords.ts';
import { mergeSchemas } from './schema-merge.ts';
import { resolvePointer } from './schema-pointer.ts';

/** A schema as the vendor takes it. */
export interface FittedSchema {
  readonly schema: JsonObject;
  /** Keywords that had to go and that said what a value must look like. */
  readonly lost: readonly string[];
  /** Some of them change the shape of a value, and not only its bounds. */
  readonly hasLostShape: boolean;
}

const MAX_DEPTH = 32;

/** More than any model is given; bounds what references can unfold to. */
const MAX_NODES = 5000;

/**
 * A JSON schema in the subset of `parametersJsonSchema` and `responseJsonSchema`: a fixed list of keywords, and nothing
 * beside `$ref`. The vendor ignores some other keywords and refuses others, so all of them are left out; what can be
 * said in another way (`const`, `allOf`, `nullable`, references with something beside them) is.
 * https://ai.google.dev/api/generate-content#v1beta.GenerationConfig
 */
export function fitSchema(schema: JsonObject): FittedSchema {
  const fitter = new SchemaFitter(schema);
  const fitted = fitter.fitRoot();
  const lost = [...fitter.lost];
  return { schema: fitted, lost, hasLostShape: lost.some((keyword) => !isBound(keyword)) };
}

/** Where in the schema the fitter is. */
interface Place {
  readonly depth: number;
  /** Pointers that are being unfolded: one that comes again is a cycle. */
  readonly unfolding: readonly string[];
}

type Fitted = Record<string, JsonValue>;

class SchemaFitter {
  readonly lost = new Set<string>();
  readonly #root: JsonObject;
  /** Definitions that are referred to, by name; each is fitted once. */
  readonly #definitions = new Map<string, JsonObject>();
  #nodes = 0;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  fitRoot(): JsonObject {
    const fitted = this.#fit(this.#root, { depth: 0, unfolding: ['#'] });
    // Fitting one may add others, at the end.
    for (const [name, definition] of this.#definitions) {
      this.#definitions.set(name, this.#fit(definition, { depth: 1, unfolding: [] }));
    }
    if (this.#definitions.size === 0) return fitted;
    return { ...fitted, $defs: Object.fromEntries(this.#definitions) };
  }

  #fit(value: JsonValue | undefined, place: Place): JsonObject {
    if (value === false) this.lost.add('false');
    if (!isJsonObject(value) || this.#isTooMuch(place)) return {};
    if (typeof value['$ref'] === 'string') return this.#fitReference(value, value['$ref'], place);
    return this.#fitMembers(this.#withoutAllOf(value, place), deeper(place));
  }

  #isTooMuch({ depth }: Place): boolean {
    this.#nodes += 1;
    if (depth <= MAX_DEPTH && this.#nodes <= MAX_NODES) return false;
    this.lost.add('depth');
    return true;
  }

  /** A reference stands alone, or is unfolded where something stands beside it. */
  #fitReference(schema: JsonObject, pointer: string, place: Place): JsonObject {
    const name = definitionName(pointer);
    const isAlone = Object.keys(schema).every((keyword) => keyword.startsWith('$'));
    const isCycle = place.unfolding.includes(pointer);
    if (name === undefined || !(isAlone || isCycle))
      return this.#fit(this.#unfold(schema, pointer, place), unfolded(place, pointer));
    if (!isAlone) this.lost.add('$ref');
    return this.#referTo(name, pointer);
  }

  #referTo(name: string, pointer: string): JsonObject {
    const target = resolvePointer(this.#root, pointer);
    if (target === undefined) {
      this.lost.add('$ref');
      return {};
    }
    if (!this.#definitions.has(name)) this.#definitions.set(name, target);
    return { $ref: `#/$defs/${name}` };
  }

  /** The schema with the one it refers to in the place of the reference. */
  #unfold(schema: JsonObject, pointer: string, place: Place): JsonObject {
    const { $ref: _, ...beside } = schema;
    const target = place.unfolding.includes(pointer) ? undefined : resolvePointer(this.#root, pointer);
    if (target !== undefined) return mergeSchemas(beside, target, (keyword) => this.lost.add(keyword));
    this.lost.add('$ref');
    return beside;
  }

  #withoutAllOf(schema: JsonObject, place: Place): JsonObject {
    const { allOf, ...rest } = schema;
    if (!Array.isArray(allOf)) return rest;
    return (allOf as readonly JsonValue[]).reduce<JsonObject>((merged, branch) => {
      return mergeSchemas(merged, this.#flatten(branch, deeper(place)), (keyword) => this.lost.add(keyword));
    }, rest);
  }

  /** A branch of `allOf` without references and an `allOf` of its own. */
  #flatten(branch: JsonValue, place: Place): JsonObject {
    if (!isJsonObject(branch) || this.#isTooMuch(place)) return {};
    const pointer = branch['$ref'];
    if (typeof pointer !== 'string') return this.#withoutAllOf(branch, place);
    return this.#flatten(this.#unfold(branch, pointer, place), unfolded(place, pointer));
  }

  #fitMembers(schema: JsonObject, place: Place): JsonObject {
    const fitted: Fitted = {};
    for (const [keyword, value] of Object.entries(schema)) {
      if (value === undefined) continue;
      const carryLeaf = LEAVES.get(keyword);
      if (carryLeaf !== undefined) carryLeaf(value, fitted);
      else if (!this.#fitBranches(keyword, value, fitted, place) && isConstraint(keyword)) this.lost.add(keyword);
    }
    this.#fitValues(schema, fitted);
    if (Array.isArray(fitted['required'])) this.#checkRequired(fitted['required'] as readonly string[], fitted);
    return fitted;
  }

  /** False for a keyword that holds no schemas. */
  #fitBranches(keyword: string, value: JsonValue, fitted: Fitted, place: Place): boolean {
    const fitAll = (): JsonObject[] => asArray(value).map((branch) => this.#fit(branch, place));
    switch (keyword) {
      case 'properties':
        fitted['properties'] = this.#fitProperties(value, place);
        return true;
      case 'additionalProperties':
        fitted['additionalProperties'] = typeof value === 'boolean' ? value : this.#fit(value, place);
        return true;
      case 'items':
        if (Array.isArray(value)) fitted['prefixItems'] = fitAll();
        else fitted['items'] = this.#fit(value, place);
        return true;
      case 'anyOf':
      case 'oneOf':
      case 'prefixItems':
        if (asArray(value).length > 0) fitted[keyword] = fitAll();
        return true;
      default:
        return false;
    }
  }

  #fitProperties(value: JsonValue, place: Place): JsonObject {
    const properties = isJsonObject(value) ? Object.entries(value) : [];
    return Object.fromEntries(properties.map(([name, schema]) => [name, this.#fit(schema, place)]));
  }

  #fitValues(schema: JsonObject, fitted: Fitted): void {
    const { enum: listed, const: only, nullable } = schema;
    const values = only === undefined ? listed : [only];
    if (Array.isArray(values)) {
      const { members, isLossy } = fitEnum(values as readonly JsonValue[], fitted['type']);
      Object.assign(fitted, members);
      if (isLossy) this.lost.add('enum');
    }
    const { type } = fitted;
    if (nullable === true && typeof type === 'string' && type !== 'null') fitted['type'] = [type, 'null'];
  }

  /** Names without a property are refused. */
  #checkRequired(required: readonly string[], fitted: Fitted): void {
    const properties = fitted['properties'];
    const known = required.filter((name) => isJsonObject(properties) && Object.hasOwn(properties, name));
    if (known.length === required.length) return;
    this.lost.add('required');
    fitted['required'] = known;
  }
}

const deeper = (place: Place): Place => ({ ...place, depth: place.depth + 1 });

function unfolded({ depth, unfolding }: Place, pointer: string): Place {
  return { depth: depth + 1, unfolding: [...unfolding, pointer] };
}

const DEFINITION = /^#\/(?:\$defs|definitions)\/([A-Za-z0-9_.-]+)$/;

/** Undefined for a pointer to anything but a definition of the root with a plain name. */
function definitionName(pointer: string): string | undefined {
  return DEFINITION.exec(pointer)?.[1];
}

type LeafFitter = (value: JsonValue, fitted: Fitted) => void;

/** Keywords that hold no schemas. */
const LEAVES: ReadonlyMap<string, LeafFitter> = new Map<string, LeafFitter>([
  ['type', fitType],
  ...['title', 'description', 'format'].map((name) => [name, carry(name, 'string')] as const),
  ...['minItems', 'maxItems', 'minimum', 'maximum'].map((name) => [name, carry(name, 'number')] as const),
  ...['required', 'propertyOrdering'].map((name) => [name, carryTexts(name)] as const),
]);

function carry(keyword: string, type: 'string' | 'number'): LeafFitter {
  return (value, fitted) => {
    if (typeof value === type) fitted[keyword] = value;
  };
}

function carryTexts(keyword: string): LeafFitter {
  return (value, fitted) => {
    if (Array.isArray(value)) fitted[keyword] = asArray(value).filter((item) => typeof item === 'string');
  };
}

const TYPES: ReadonlySet<string> = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);

function fitType(value: JsonValue, fitted: Fitted): void {
  const types = [value]
    .flat()
    .map((type) => String(type).toLowerCase())
    .filter((type) => TYPES.has(type));
  const [first] = types;
  if (first !== undefined) fitted['type'] = types.length === 1 ? first : types;
}
