import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts';
import type { VendorId } from '../support/vendors/vendors.ts';

/** A tool as a provider is offered it. */
export interface OfferedTool {
  readonly name: string;
  /** Takes free text instead of a JSON object. */
  readonly isFreeForm: boolean;
  /** Schema of its arguments. */
  readonly parameters: JsonObject;
}

/** Where a wire format keeps what a model can call, and what came of its calls. */
interface ToolPlaces {
  tools(body: JsonObject): readonly OfferedTool[];
  results(body: JsonObject): readonly JsonValue[];
}

const objectsIn = (value: JsonValue | undefined): readonly JsonObject[] => asArray(value).filter(isJsonObject);

const offered = (name: JsonValue | undefined, parameters: JsonValue | undefined, isFreeForm = false): OfferedTool => ({
  name: asString(name) ?? '',
  isFreeForm,
  parameters: asObject(parameters),
});

/** OpenAI's chat format and the two that took its tools over. */
const chat: ToolPlaces = {
  tools: ({ tools }) =>
    objectsIn(tools)
      .map((tool) => asObject(tool['function']))
      .map(({ name, parameters }) => offered(name, parameters)),
  results: ({ messages }) => objectsIn(messages).filter(({ role }) => role === 'tool'),
};

const responses: ToolPlaces = {
  tools: ({ tools, input }) => [...objectsIn(tools), ...objectsIn(input)].flatMap(ungrouped),
  results: ({ input }) => objectsIn(input).filter(({ type }) => asString(type)?.endsWith('_call_output') === true),
};

/** A tool, or those of a group or of an input item that declares some. */
function ungrouped(tool: JsonObject): readonly OfferedTool[] {
  const { type, name, parameters, tools } = tool;
  if (tools !== undefined) return objectsIn(tools).flatMap(ungrouped);
  return type === 'function' || type === 'custom' ? [offered(name, parameters, type === 'custom')] : [];
}

const anthropic: ToolPlaces = {
  tools: ({ tools }) => objectsIn(tools).map(({ name, input_schema }) => offered(name, input_schema)),
  results: ({ messages }) =>
    objectsIn(messages)
      .flatMap(({ content }) => objectsIn(content))
      .filter(({ type }) => type === 'tool_result'),
};

const gemini: ToolPlaces = {
  tools: ({ tools }) =>
    objectsIn(tools)
      .flatMap(({ functionDeclarations }) => objectsIn(functionDeclarations))
      .map(({ name, parametersJsonSchema, parameters }) => offered(name, parametersJsonSchema ?? parameters)),
  results: ({ contents }) =>
    objectsIn(contents)
      .flatMap(({ parts }) => objectsIn(parts))
      .filter(({ functionResponse }) => functionResponse !== undefined),
};

const PLACES: Readonly<Record<VendorId, ToolPlaces>> = {
  'openai-chat': chat,
  'openai-responses': responses,
  anthropic,
  gemini,
  cohere: chat,
  ollama: chat,
};

/** Everything that a request lets the model call, groups taken apart. */
export function offeredTools(vendor: VendorId, body: JsonObject): readonly OfferedTool[] {
  return PLACES[vendor].tools(body);
}

/** All text of each tool result that a request brings. */
export function toolResults(vendor: VendorId, body: JsonObject): readonly string[] {
  return PLACES[vendor].results(body).map((result) => textsIn(result).join('\n'));
}

function textsIn(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return Object.values(asObject(value)).flatMap(textsIn);
}
