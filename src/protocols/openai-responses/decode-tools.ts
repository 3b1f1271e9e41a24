import type { ToolChoice } from '../../canonical/chat.ts';
import type { ToolSpec } from '../../canonical/content.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { FORMAT } from './wire.ts';

/** The tools that a model may call. `choice` may name some of them (`allowed_tools`): the others are left out. */
export function decodeTools(tools: readonly JsonValue[], choice?: JsonValue): ToolSpec[] {
  const decoded = tools.flatMap((tool) => decodeTool(asObject(tool), undefined));
  const { type, tools: allowed } = asObject(choice);
  if (type !== 'allowed_tools') return decoded;
  const keys = new Set(asArray(allowed).map((tool) => keyOf(asObject(tool))));
  return decoded.filter((tool) => keys.has(keyOfSpec(tool)));
}

/** A tool, or the tools of a group. Tools that the vendor runs stay as they are. */
function decodeTool(tool: JsonObject, namespace: string | undefined): ToolSpec[] {
  const { type, name, description, parameters, strict, format } = tool;
  if (type === 'namespace') {
    return asArray(tool['tools']).flatMap((inner) => decodeTool(asObject(inner), asString(name)));
  }
  const isNamed = typeof name === 'string' && (type === 'function' || type === 'custom');
  if (!isNamed) return [{ kind: 'foreign', protocol: FORMAT, value: tool }];
  const common = {
    name,
    ...(typeof description === 'string' ? { description } : {}),
    ...(namespace === undefined ? {} : { namespace }),
  };
  if (type === 'custom') return [{ kind: type, ...common, ...(isJsonObject(format) ? { format } : {}) }];
  return [
    {
      kind: 'function',
      ...common,
      ...(isJsonObject(parameters) ? { parameters } : {}),
      ...(typeof strict === 'boolean' ? { strict } : {}),
    },
  ];
}

function keyOfSpec(tool: ToolSpec): string {
  return tool.kind === 'foreign' ? keyOf(tool.value) : `${tool.kind}/${tool.name}`;
}

/** What `allowed_tools` names a tool by. */
function keyOf({ type, name, server_label: label }: JsonObject): string {
  return `${String(type)}/${String(name ?? label ?? '')}`;
}

const WORDS = ['auto', 'none', 'required'] as const;

/** Undefined for a choice of a tool that the vendor runs. */
export function decodeToolChoice(value: JsonValue | undefined): ToolChoice | undefined {
  const word = WORDS.find((candidate) => candidate === value);
  if (word !== undefined) return word;
  const { type, name, namespace, mode } = asObject(value);
  if (type === 'allowed_tools') return mode === 'required' ? 'required' : 'auto';
  if (typeof name !== 'string' || (type !== 'function' && type !== 'custom')) return undefined;
  return {
    name,
    ...(typeof namespace === 'string' ? { namespace } : {}),
    ...(type === 'custom' ? { isCustom: true } : {}),
  };
}
