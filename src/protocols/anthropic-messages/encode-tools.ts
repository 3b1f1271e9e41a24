import type { ChatRequest, ResponseFormat, ToolChoice } from '../../canonical/chat.ts';
import type { FunctionTool, ToolSpec } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { asArray, asObject, type JsonObject } from '../../lib/json.ts';
import type { RequestDraft } from '../encode-fields.ts';
import { encodeCacheMark } from './encode-blocks.ts';
import { fitSchema } from './fit-schema.ts';
import { traitsOf } from './model-traits.ts';
import { OWN_FORMAT } from './wire.ts';

export function encodeTools(tools: readonly ToolSpec[], { body, ledger }: RequestDraft): void {
  const encoded = tools.map((tool) => encodeTool(tool, ledger)).filter((tool) => tool !== undefined);
  if (encoded.length > 0) body['tools'] = encoded;
}

function encodeTool(tool: ToolSpec, ledger: LossLedger): JsonObject | undefined {
  switch (tool.kind) {
    case 'function':
      return encodeFunction(tool, ledger);
    case 'custom':
      ledger.dropped('tools.custom', 'meaning');
      return undefined;
    case 'foreign':
      if (tool.protocol === OWN_FORMAT) return tool.value;
      ledger.dropped(`tools.${String(tool.value['type'] ?? 'tool')}`, 'meaning');
      return undefined;
    default:
      return tool satisfies never;
  }
}

/** https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools */
function encodeFunction(tool: FunctionTool, ledger: LossLedger): JsonObject {
  const { name, description, parameters, strict, cache } = tool;
  const schema = flatSchema({ ...parameters, type: 'object' }, ledger);
  return {
    name,
    ...(description === undefined ? {} : { description }),
    input_schema: strict === true ? fitted(schema, 'tools.parameters', ledger) : withProperties(schema),
    ...(strict === undefined ? {} : { strict }),
    ...encodeCacheMark(cache),
  };
}

/** Alternatives are refused at the top of a schema: there the properties of all of them are allowed. */
function flatSchema(schema: JsonObject, ledger: LossLedger): JsonObject {
  const { anyOf, oneOf, allOf, ...rest } = schema;
  const variants = [anyOf, oneOf, allOf].flatMap(asArray).map(asObject);
  if (variants.length === 0) return rest;
  ledger.approximated('tools.parameters', 'minor', 'without alternatives at the top');
  const properties = variants.map((variant) => asObject(variant['properties']));
  return { ...rest, properties: Object.assign({}, ...properties, asObject(rest['properties'])) as JsonObject };
}

function withProperties(schema: JsonObject): JsonObject {
  return schema['properties'] === undefined ? { ...schema, properties: {} } : schema;
}

/** Calls in the conversation need their tools, even where the client offers none any more. */
export function declareCalledTools({ body, ledger, request }: RequestDraft): void {
  if (offersTools(request)) return;
  const blocks = asArray(body['messages'])
    .flatMap((message) => asArray(asObject(message)['content']))
    .map(asObject);
  const names = new Set(
    blocks.flatMap(({ type, name }) => (type === 'tool_use' && typeof name === 'string' ? [name] : [])),
  );
  if (names.size === 0) return;
  ledger.approximated('tools', 'minor', 'called tools declared but not offered');
  body['tools'] = [...names].map((name) => ({ name, input_schema: withProperties({ type: 'object' }) }));
  body['tool_choice'] = { type: 'none' };
}

/** Tools that are left out cannot be chosen: a choice without any is refused by the vendor. */
export function encodeToolChoice(choice: ToolChoice, { body, ledger, options, request }: RequestDraft): void {
  if (body['tools'] === undefined || !offersTools(request)) {
    if (isForced(choice)) ledger.dropped('tool_choice', 'meaning', 'no tools');
    return;
  }
  if (isForced(choice) && !traitsOf(options.model).canStopThinking) {
    ledger.approximated('tool_choice', 'meaning', 'the model cannot be forced');
    body['tool_choice'] = { type: 'auto' };
    return;
  }
  body['tool_choice'] = typeof choice === 'string' ? { type: CHOICES[choice] } : { type: 'tool', name: choice.name };
}

function offersTools({ tools }: ChatRequest): boolean {
  return tools !== undefined && tools.length > 0;
}

const CHOICES = { auto: 'auto', none: 'none', required: 'any' } as const;

function isForced(choice: ToolChoice): boolean {
  return choice === 'required' || typeof choice === 'object';
}

/** Stands after the encoder of the choice, whose member it belongs to. */
export function encodeParallelCalls(isParallel: boolean, { body }: RequestDraft): void {
  const choice = asObject(body['tool_choice'] ?? { type: 'auto' });
  if (isParallel || body['tools'] === undefined || choice['type'] === 'none') return;
  body['tool_choice'] = { ...choice, disable_parallel_tool_use: true };
}

/** https://platform.claude.com/docs/en/build-with-claude/structured-outputs */
export function encodeResponseFormat(format: ResponseFormat, { body, ledger }: RequestDraft): void {
  if (format.type === 'json' || format.schema === undefined) {
    ledger.approximated('response_format', 'meaning', 'asked for in words');
    body['system'] = appendText(body['system'], JSON_INSTRUCTION);
    return;
  }
  if (format.description !== undefined) ledger.dropped('response_format.description', 'minor');
  const schema = fitted(format.schema, 'response_format.schema', ledger);
  body['output_config'] = { ...asObject(body['output_config']), format: { type: 'json_schema', schema } };
}

/** The format has no mode for any JSON: without a schema only words can ask for it. */
const JSON_INSTRUCTION = 'Answer with one valid JSON object and nothing else.';

function appendText(system: RequestDraft['body'][string] | undefined, text: string): RequestDraft['body'][string] {
  if (system === undefined) return text;
  if (typeof system === 'string') return `${system}\n\n${text}`;
  return Array.isArray(system) ? [...system, { type: 'text', text }] : text;
}

function fitted(schema: JsonObject, field: string, ledger: LossLedger): JsonObject {
  const { schema: fit, lost } = fitSchema(schema);
  if (lost.length > 0) {
    const severity = lost.includes('additionalProperties') ? 'meaning' : 'minor';
    ledger.approximated(field, severity, `without ${lost.join(' and ')}`);
  }
  return fit;
}
