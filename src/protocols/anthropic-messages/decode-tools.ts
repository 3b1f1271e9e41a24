import type { ChatRequest, ToolChoice } from '../../canonical/chat.ts';
import type { FunctionTool, ToolSpec } from '../../canonical/content.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { decodeCacheMark } from './decode-blocks.ts';
import type { Leftovers } from './leftovers.ts';
import { OWN_FORMAT } from './wire.ts';

/** Tools with a type of their own are run or defined by the vendor; the client's own have none or `custom`. */
export function decodeTools(value: JsonValue | undefined, leftovers: Leftovers): Pick<ChatRequest, 'tools'> {
  const tools = asArray(value).filter(isJsonObject);
  return tools.length === 0 ? {} : { tools: tools.map((tool) => decodeTool(tool, leftovers)) };
}

function decodeTool(tool: JsonObject, leftovers: Leftovers): ToolSpec {
  const type = tool['type'] ?? 'custom';
  const isOwn = type === 'custom' && typeof tool['name'] === 'string';
  return isOwn ? decodeFunction(tool, leftovers) : { kind: 'foreign', protocol: OWN_FORMAT, value: tool };
}

function decodeFunction(tool: JsonObject, leftovers: Leftovers): FunctionTool {
  const { type: _, name, description, input_schema: schema, strict, cache_control: mark, ...rest } = tool;
  leftovers.keep('tools', rest);
  return {
    kind: 'function',
    name: asString(name) ?? '',
    ...(typeof description === 'string' ? { description } : {}),
    ...(isJsonObject(schema) ? { parameters: schema } : {}),
    ...(typeof strict === 'boolean' ? { strict } : {}),
    ...decodeCacheMark(mark),
  };
}

const CHOICES: ReadonlyMap<string, ToolChoice> = new Map([
  ['auto', 'auto'],
  ['any', 'required'],
  ['none', 'none'],
]);

/** https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools */
export function decodeToolChoice(
  value: JsonValue | undefined,
  leftovers: Leftovers,
): Pick<ChatRequest, 'toolChoice' | 'parallelToolCalls'> {
  if (!isJsonObject(value)) return {};
  const { type, name, disable_parallel_tool_use: isSerial, ...rest } = value;
  const choice = type === 'tool' && typeof name === 'string' ? { name } : CHOICES.get(asString(type) ?? '');
  leftovers.keep(choice === undefined ? '' : 'tool_choice', choice === undefined ? { tool_choice: value } : rest);
  return {
    ...(choice === undefined ? {} : { toolChoice: choice }),
    ...(typeof isSerial === 'boolean' ? { parallelToolCalls: !isSerial } : {}),
  };
}

/** Other formats want a name for a schema; this one has none. */
const SCHEMA_NAME = 'answer';

/** `output_format` is what the member was called while it was in beta. */
export function decodeResponseFormat(
  outputConfig: JsonValue | undefined,
  olderFormat: JsonValue | undefined,
): Pick<ChatRequest, 'responseFormat'> {
  const { type, schema } = asObject(asObject(outputConfig)['format'] ?? olderFormat);
  if (type !== 'json_schema' || !isJsonObject(schema)) return {};
  return { responseFormat: { type: 'json-schema', name: SCHEMA_NAME, schema, strict: true } };
}
