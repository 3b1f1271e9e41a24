import type { ToolChoice } from '../../canonical/chat.ts';
import type { ToolSpec } from '../../canonical/content.ts';
import { asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { ConfigFields, DecodedConfig } from './decode-config.ts';
import { asList, camelMembers } from './members.ts';
import { decodeSchemaForm } from './schema-form.ts';

/**
 * A wire tool holds many functions and tools of the vendor beside each other; here each is one.
 * https://ai.google.dev/api/caching#Tool
 */
export function decodeTools(value: JsonValue | undefined): DecodedConfig {
  const tools: ToolSpec[] = [];
  const more: [string, JsonObject][] = [];
  for (const tool of asList(value)) {
    const { functionDeclarations, ...rest } = camelMembers(tool);
    for (const declaration of asList(functionDeclarations)) {
      const { spec, rest: beside } = decodeFunction(camelMembers(declaration));
      tools.push(spec);
      if (spec.kind === 'function' && Object.keys(beside).length > 0) more.push([spec.name, beside]);
    }
    for (const [name, member] of Object.entries(rest)) {
      tools.push({ kind: 'foreign', protocol: 'gemini-generate', value: { [name]: member } });
    }
  }
  return {
    fields: tools.length === 0 ? {} : { tools },
    extras: more.length === 0 ? {} : { functionDeclarations: Object.fromEntries(more) },
  };
}

function decodeFunction(declaration: JsonObject): { spec: ToolSpec; rest: JsonObject } {
  const { name, description, parameters, parametersJsonSchema, ...rest } = declaration;
  const words = asString(description);
  const schema = decodeParameters(parameters, parametersJsonSchema);
  const spec: ToolSpec = {
    kind: 'function',
    name: asString(name) ?? '',
    ...(words === undefined ? {} : { description: words }),
    ...(schema === undefined ? {} : { parameters: schema }),
  };
  return { spec, rest };
}

function decodeParameters(form: JsonValue | undefined, jsonSchema: JsonValue | undefined): JsonObject | undefined {
  if (isJsonObject(jsonSchema)) return jsonSchema;
  return isJsonObject(form) ? decodeSchemaForm(form) : undefined;
}

const CHOICES: ReadonlyMap<string, ToolChoice> = new Map([
  ['AUTO', 'auto'],
  ['VALIDATED', 'auto'],
  ['ANY', 'required'],
  ['NONE', 'none'],
]);

/**
 * https://ai.google.dev/api/caching#ToolConfig. `allowed`: the functions that may be called, where not all of them may.
 */
export function decodeToolConfig(
  value: JsonValue | undefined,
): DecodedConfig & { readonly allowed?: readonly JsonValue[] } {
  const { functionCallingConfig, ...rest } = camelMembers(value);
  const { mode, allowedFunctionNames, ...more } = camelMembers(functionCallingConfig);
  const word = asString(mode)?.toUpperCase() ?? '';
  const names = asList(allowedFunctionNames);
  const isOne = word === 'ANY' && names.length === 1 && typeof names[0] === 'string';
  const toolChoice = isOne ? { name: String(names[0]) } : CHOICES.get(word);
  const isExact = Object.keys(more).length === 0 && word !== 'VALIDATED';
  const extras = Object.entries(rest).map(([name, member]) => [`toolConfig.${name}`, member] as const);
  const inexact = isExact || functionCallingConfig === undefined ? {} : { [CALLING]: functionCallingConfig };
  const fields: ConfigFields = toolChoice === undefined ? {} : { toolChoice };
  const isSelection = LIMITED.has(word) && names.length > 0 && !isOne;
  return { fields, extras: { ...Object.fromEntries(extras), ...inexact }, ...(isSelection ? { allowed: names } : {}) };
}

const CALLING = 'toolConfig.functionCallingConfig';

/** Modes that look at the names. */
const LIMITED: ReadonlySet<string> = new Set(['ANY', 'VALIDATED']);

/** The tools without the functions that may not be called: no other format names several that may. */
export function allowedTools(tools: readonly ToolSpec[], allowed: readonly JsonValue[]): readonly ToolSpec[] {
  return tools.filter((tool) => tool.kind !== 'function' || allowed.includes(tool.name));
}
