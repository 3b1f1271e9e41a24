import type { ChatRequest, ToolChoice } from '../canonical/chat.ts';
import type { ContentPart, CustomTool, FunctionTool, Message, ToolSpec } from '../canonical/content.ts';
import { type Loss, LossLedger } from '../canonical/loss.ts';
import type { FormatId } from '../canonical/protocol-id.ts';
import { asString, isJsonObject, parseJson } from '../lib/json.ts';
import type { ToolSupport } from './protocol.ts';
import { ToolNames, wireCallId } from './tool-names.ts';

export interface AdaptedRequest {
  readonly request: ChatRequest;
  readonly losses: readonly Loss[];
  /** Leads from the provider's names back to the client's; undefined where nothing was renamed. */
  readonly names: ToolNames | undefined;
}

/** Member that holds the free text of a custom tool where it goes out as a function. */
const INPUT = 'input';

/**
 * The request with tools, calls and results as the provider takes them: groups become part of the name, free-text tools
 * become functions with one text, names and ids lose characters that are not allowed. `createToolRestorer` turns the
 * answer back.
 */
export function adaptTools(request: ChatRequest, support: ToolSupport, format: FormatId): AdaptedRequest {
  if (request.tools === undefined && !request.messages.some(hasTools)) {
    return { request, losses: [], names: undefined };
  }
  const ledger = new LossLedger();
  const known = request.tools === undefined ? undefined : knownTools(request, format, ledger);
  const isBereft = known?.length === 0 && request.tools?.length !== 0;
  const tools = isBereft ? undefined : known;
  const names = new ToolNames(support, tools ?? []);
  const adapter: Adapter = { names, support, ledger };
  const { toolChoice, tools: _, ...rest } = request;
  const adapted: ChatRequest = {
    ...rest,
    messages: request.messages.map((message) => adaptMessage(message, adapter)),
    ...(tools === undefined ? {} : { tools: tools.map((tool) => adaptTool(tool, adapter)) }),
    // A choice among tools that are all gone is refused.
    ...(toolChoice === undefined || isBereft ? {} : { toolChoice: adaptChoice(toolChoice, adapter) }),
  };
  return { request: adapted, losses: ledger.entries, names: names.isChanged ? names : undefined };
}

/**
 * Tools that a vendor itself runs are unknown to every other one. Where the model is also offered tools of the client,
 * such a tool is one of many means; where it is offered nothing else, the request is about it.
 */
function knownTools(
  { tools = [], toolChoice }: ChatRequest,
  format: FormatId,
  ledger: LossLedger,
): readonly ToolSpec[] {
  const known = tools.filter((tool) => tool.kind !== 'foreign' || tool.protocol === format);
  const isNeeded = known.length === 0 || toolChoice === 'required';
  for (const tool of tools) {
    if (tool.kind !== 'foreign' || tool.protocol === format) continue;
    const name = asString(tool.value['type']) ?? Object.keys(tool.value)[0] ?? 'unknown';
    ledger.dropped(`tools.${name}`, isNeeded ? 'meaning' : 'minor', 'run by another vendor');
  }
  return known;
}

interface Adapter {
  readonly names: ToolNames;
  readonly support: ToolSupport;
  readonly ledger: LossLedger;
}

function hasTools(message: Message): boolean {
  return message.content.some((part) => part.type === 'tool-call' || part.type === 'tool-result');
}

function adaptTool(tool: ToolSpec, adapter: Adapter): ToolSpec {
  if (tool.kind === 'foreign') return tool;
  const name = adapter.names.wireNameOf({ ...tool, isCustom: tool.kind === 'custom' });
  if (tool.kind === 'custom' && !adapter.support.custom) return functionOf(tool, name, adapter);
  const { namespace, ...rest } = tool;
  return adapter.support.namespaces && namespace !== undefined ? { ...rest, namespace, name } : { ...rest, name };
}

function functionOf({ name: given, description, format }: CustomTool, name: string, { ledger }: Adapter): FunctionTool {
  ledger.approximated(`tools.${given}`, 'minor', 'free text as a function with one text');
  const grammar = asString(format?.['definition']);
  const rule = grammar === undefined ? '' : `\n\nThe text has to follow this grammar:\n${grammar}`;
  return {
    kind: 'function',
    name,
    description: `${description ?? ''}${rule}`.trim(),
    parameters: {
      type: 'object',
      properties: { [INPUT]: { type: 'string', description: 'The whole text for the tool, exactly as it takes it.' } },
      required: [INPUT],
      additionalProperties: false,
    },
  };
}

function adaptChoice(choice: ToolChoice, { names, support }: Adapter): ToolChoice {
  if (typeof choice === 'string') return choice;
  const name = names.wireNameOf(choice);
  return support.custom && choice.isCustom === true ? { name, isCustom: true } : { name };
}

function adaptMessage(message: Message, adapter: Adapter): Message {
  if (!hasTools(message)) return message;
  return { ...message, content: message.content.map((part) => adaptPart(part, adapter)) };
}

function adaptPart(part: ContentPart, { names, support }: Adapter): ContentPart {
  if (part.type === 'tool-result') {
    const name = part.name === undefined ? {} : { name: names.wireNameOf({ name: part.name }) };
    return { ...part, ...name, callId: wireCallId(part.callId, support) };
  }
  if (part.type !== 'tool-call') return part;
  const { namespace, isCustom, ...call } = part;
  const name = names.wireNameOf(part);
  const id = wireCallId(part.id, support);
  const group = support.namespaces && namespace !== undefined ? { namespace } : {};
  if (isCustom !== true) return { ...call, ...group, name, id };
  if (support.custom) return { ...call, ...group, name, id, isCustom };
  return { ...call, name, id, arguments: JSON.stringify({ [INPUT]: part.arguments }) };
}

/** The free text within the arguments of a function that stands for a custom tool. */
export function unwrapInput(words: string): string {
  const parsed = parseJson(words);
  const input = parsed.ok && isJsonObject(parsed.value) ? parsed.value[INPUT] : undefined;
  return asString(input) ?? words;
}
