import type { ToolChoice } from '../../canonical/chat.ts';
import type { FunctionTool, ToolSpec } from '../../canonical/content.ts';
import { asObject, type JsonObject } from '../../lib/json.ts';
import type { RequestDraft } from '../encode-fields.ts';
import { fitSchema } from './json-schema.ts';

/** All functions stand in one wire tool; tools of the vendor each in their own. */
export function encodeTools(tools: readonly ToolSpec[], draft: RequestDraft): void {
  const declarations: JsonObject[] = [];
  const others: JsonObject[] = [];
  for (const tool of tools) addTool(tool, declarations, others, draft);
  const functions = declarations.length === 0 ? [] : [{ functionDeclarations: declarations }];
  const encoded = [...functions, ...others];
  if (encoded.length > 0) draft.body['tools'] = encoded;
  if (draft.request.toolChoice === undefined && hasStrict(tools)) setCalling({ mode: 'VALIDATED' }, draft);
}

function addTool(tool: ToolSpec, declarations: JsonObject[], others: JsonObject[], draft: RequestDraft): void {
  switch (tool.kind) {
    case 'function':
      declarations.push(encodeFunction(tool, draft));
      return;
    case 'custom':
      draft.ledger.dropped(`tools.${tool.name}`, 'meaning', 'free text');
      return;
    case 'foreign':
      if (tool.protocol === 'gemini-generate') others.push(tool.value);
      else draft.ledger.dropped(`tools.${String(tool.value['type'] ?? 'unknown')}`, 'meaning');
      return;
    default:
      tool satisfies never;
  }
}

function encodeFunction(tool: FunctionTool, { ledger, request }: RequestDraft): JsonObject {
  const { name, description, parameters, cache } = tool;
  if (cache !== undefined) ledger.dropped('tools.cache_control', 'minor', 'caches by itself');
  const beside = asObject(request.extras?.['gemini-generate']?.['functionDeclarations'])[name];
  return {
    ...asObject(beside),
    name,
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parametersJsonSchema: encodeParameters(parameters, name, { ledger }) }),
  };
}

function encodeParameters(parameters: JsonObject, tool: string, { ledger }: Pick<RequestDraft, 'ledger'>): JsonObject {
  const { schema, lost } = fitSchema(parameters);
  if (lost.length > 0)
    ledger.approximated(`tools.${tool}.parameters`, 'minor', `without ${lost.slice(0, 4).join(' and ')}`);
  // Arguments are always an object, which not every schema says.
  return schema['type'] === undefined && schema['$ref'] === undefined ? { type: 'object', ...schema } : schema;
}

const MODES = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const;

/** Where a tool is strict, the vendor checks arguments also where the model may answer without a call. */
export function encodeToolChoice(choice: ToolChoice, draft: RequestDraft): void {
  const { tools = [] } = draft.request;
  if (!tools.some(({ kind }) => kind === 'function')) return;
  if (typeof choice !== 'string') setCalling({ mode: 'ANY', allowedFunctionNames: [choice.name] }, draft);
  else setCalling({ mode: choice === 'auto' && hasStrict(tools) ? 'VALIDATED' : MODES[choice] }, draft);
}

function hasStrict(tools: readonly ToolSpec[]): boolean {
  return tools.some((tool) => tool.kind === 'function' && tool.strict === true);
}

function setCalling(functionCallingConfig: JsonObject, { body }: RequestDraft): void {
  body['toolConfig'] = { ...asObject(body['toolConfig']), functionCallingConfig };
}
