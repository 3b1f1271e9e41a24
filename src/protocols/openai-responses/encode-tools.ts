import type { ToolChoice } from '../../canonical/chat.ts';
import type { CustomTool, FunctionTool, ToolSpec } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { asArray, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { RequestDraft } from '../encode-fields.ts';
import { decodeTools } from './decode-tools.ts';
import { FORMAT } from './wire.ts';

/**
 * A client's own list goes out as it came (groups with their descriptions, members without a canonical word) as long as
 * it still says the same as `tools`.
 */
export function encodeTools(tools: readonly ToolSpec[], { body, ledger }: RequestDraft): void {
  const own = asArray(body['tools']);
  if (own.length > 0 && JSON.stringify(decodeTools(own)) === JSON.stringify(tools)) return;
  const kept = tools.filter((tool) => isKept(tool, ledger));
  delete body['tools'];
  if (kept.length > 0) body['tools'] = groupTools(kept);
}

/** Tools that another vendor runs are unknown here. */
function isKept(tool: ToolSpec, ledger: LossLedger): boolean {
  if (tool.kind === 'function' && tool.cache !== undefined) {
    ledger.approximated('tools.cache_control', 'minor', 'the provider caches by itself');
  }
  if (tool.kind !== 'foreign' || tool.protocol === FORMAT) return true;
  ledger.dropped(`tools.${asString(tool.value['type']) ?? 'unknown'}`, 'meaning');
  return false;
}

function groupTools(tools: readonly ToolSpec[]): JsonObject[] {
  const encoded: JsonObject[] = [];
  const groups = new Map<string, JsonObject[]>();
  for (const tool of tools) {
    const isAlone = tool.kind === 'foreign' || tool.namespace === undefined;
    const list = isAlone ? encoded : groupOf(tool.namespace, groups, encoded);
    list.push(encodeTool(tool));
  }
  return encoded;
}

/** Tools of the group so far; the first of them brings the group into the list. */
function groupOf(name: string, groups: Map<string, JsonObject[]>, encoded: JsonObject[]): JsonObject[] {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const tools: JsonObject[] = [];
  groups.set(name, tools);
  encoded.push({ type: 'namespace', name, description: '', tools });
  return tools;
}

function encodeTool(tool: ToolSpec): JsonObject {
  switch (tool.kind) {
    case 'function':
      return encodeFunction(tool);
    case 'custom':
      return encodeCustom(tool);
    case 'foreign':
      return tool.value;
    default:
      return tool satisfies never;
  }
}

/** Left out, `strict` would mean true here, and schemas that are not made for it would be refused or changed. */
function encodeFunction({ name, description, parameters, strict }: FunctionTool): JsonObject {
  return {
    type: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    parameters: parameters ?? { type: 'object', properties: {} },
    strict: strict ?? false,
  };
}

/** The older format nests a grammar; here it is flat. */
function encodeCustom({ name, description, format }: CustomTool): JsonObject {
  const grammar = format?.['grammar'];
  const flat = typeof grammar === 'object' && grammar !== null && !Array.isArray(grammar) ? grammar : undefined;
  const own = flat === undefined ? format : { type: 'grammar', ...flat };
  return {
    type: 'custom',
    name,
    ...(description === undefined ? {} : { description }),
    ...(own === undefined ? {} : { format: own }),
  };
}

/** Services refuse a choice where there are no tools. */
export function encodeToolChoice(choice: ToolChoice, { body, request }: RequestDraft): void {
  if (request.tools === undefined || request.tools.length === 0) return;
  body['tool_choice'] = choiceOf(choice);
}

function choiceOf(choice: ToolChoice): JsonValue {
  if (typeof choice === 'string') return choice;
  const { name, namespace, isCustom } = choice;
  return { type: isCustom === true ? 'custom' : 'function', name, ...(namespace === undefined ? {} : { namespace }) };
}
