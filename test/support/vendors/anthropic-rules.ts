import { asArray, asObject, asString, type JsonObject } from '../../../src/lib/json.ts';
import { blocksOf, type MessageRequest } from './anthropic-request.ts';
import { isBase64, sniffMediaType } from './base64.ts';
import { describesObject, subschemas } from './json-schema.ts';
import type { Rule } from './refusal.ts';

/** Rules of the Messages API that a shape cannot say. https://platform.claude.com/docs/en/api/errors */
type MessageRule = Rule<MessageRequest, string>;

const EXTENDED_THINKING = 'https://platform.claude.com/docs/en/build-with-claude/extended-thinking';

const hasMessages: MessageRule = ({ body }) =>
  asArray(body['messages']).length === 0 ? 'messages: at least one message is required' : undefined;

const startsWithUser: MessageRule = ({ body, turns, generation }) => {
  const roles = asArray(body['messages']).map((message) => asObject(message)['role']);
  const system = roles.indexOf('system');
  if (system === 0 || (system > 0 && !generation.systemMessages)) {
    return `messages.${system}.role: Input should be 'user' or 'assistant'`;
  }
  return turns[0]?.role === 'user' ? undefined : 'messages: first message must use the "user" role';
};

const BLOCK_ROLES: Readonly<Record<string, string>> = {
  tool_use: 'assistant',
  thinking: 'assistant',
  redacted_thinking: 'assistant',
  tool_result: 'user',
  image: 'user',
};

const blocksFitTheirRole: MessageRule = ({ turns, version }) => {
  for (const { role, index, blocks } of turns) {
    for (const { type, citations } of blocks) {
      const only = BLOCK_ROLES[String(type)];
      if (only !== undefined && only !== role)
        return `messages.${index}: \`${type}\` blocks can only be in \`${only}\` messages`;
      if (version < '2026-10-21') continue;
      if (type === 'document' && role === 'assistant')
        return `messages.${index}: \`document\` blocks can only be in \`user\` messages`;
      if (role === 'user' && asArray(citations).length > 0)
        return `messages.${index}: citations can only be in \`assistant\` messages`;
    }
  }
  return undefined;
};

const hasNoEmptyContent: MessageRule = ({ turns, body }) => {
  const last = turns.at(-1);
  for (const turn of turns) {
    const isFinalAssistant = turn === last && turn.role === 'assistant';
    if (turn.blocks.length === 0 && !isFinalAssistant) {
      return `messages.${turn.index}: all messages must have non-empty content except for the optional final assistant message`;
    }
    const complaint = emptyText(turn.blocks.flatMap(withToolResultContent));
    if (complaint !== undefined) return `messages: ${complaint}`;
  }
  const lastText = asString(last?.blocks.at(-1)?.['text']);
  if (last?.role === 'assistant' && lastText !== undefined && lastText !== lastText.trimEnd()) {
    return 'messages: final assistant content cannot end with trailing whitespace';
  }
  const systemBlocks = Array.isArray(body['system']) ? blocksOf(body['system']) : [];
  const complaint = emptyText(systemBlocks);
  return complaint === undefined ? undefined : `system: ${complaint}`;
};

function withToolResultContent(block: JsonObject): readonly JsonObject[] {
  return Array.isArray(block['content']) ? [block, ...blocksOf(block['content'])] : [block];
}

function emptyText(blocks: readonly JsonObject[]): string | undefined {
  const texts = blocks.filter(({ type }) => type === 'text').map(({ text }) => String(text));
  if (texts.includes('')) return 'text content blocks must be non-empty';
  return texts.some((text) => text.trim() === '') ? 'text content blocks must contain non-whitespace text' : undefined;
}

const mediaIsReal: MessageRule = ({ turns }) => {
  for (const { index, blocks } of turns) {
    for (const [position, block] of blocks.flatMap(withToolResultContent).entries()) {
      const { type, media_type, data } = asObject(block['source']);
      if (type !== 'base64') continue;
      const place = `messages.${index}.content.${position}.${block['type']}.source.base64`;
      if (!isBase64(String(data))) return `${place}: invalid base64 data`;
      const seen = sniffMediaType(String(data));
      if (seen !== undefined && seen !== media_type) {
        return `${place}.data: The image was specified using the ${media_type} media type, but the image appears to be a ${seen} image`;
      }
    }
  }
  return undefined;
};

const idsOf = (blocks: readonly JsonObject[], type: string, member: string): string[] =>
  blocks.filter((block) => block['type'] === type).map((block) => String(block[member]));

const callsAreAnswered: MessageRule = ({ turns }) => {
  const allIds = turns.flatMap(({ blocks }) => idsOf(blocks, 'tool_use', 'id'));
  if (new Set(allIds).size < allIds.length) return 'messages: `tool_use` ids must be unique';
  for (const [at, { role, index, blocks }] of turns.entries()) {
    if (role !== 'assistant') continue;
    const next = turns[at + 1]?.blocks ?? [];
    const end = next.findIndex(({ type }) => type !== 'tool_result');
    const answered = idsOf(end === -1 ? next : next.slice(0, end), 'tool_result', 'tool_use_id');
    const missing = idsOf(blocks, 'tool_use', 'id').filter((id) => !answered.includes(id));
    if (missing.length === 0) continue;
    return (
      `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}. ` +
      'Each `tool_use` block must have a corresponding `tool_result` block in the next message.'
    );
  }
  return undefined;
};

const resultsHaveCalls: MessageRule = ({ turns }) => {
  for (const [at, { role, index, blocks }] of turns.entries()) {
    if (role !== 'user') continue;
    const called = idsOf(turns[at - 1]?.blocks ?? [], 'tool_use', 'id');
    const results = idsOf(blocks, 'tool_result', 'tool_use_id');
    const unexpected = results.find((id) => !called.includes(id));
    if (unexpected !== undefined) {
      return (
        `messages.${index}.content.${results.indexOf(unexpected)}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ` +
        `${unexpected}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`
      );
    }
    const twice = results.find((id, position) => results.indexOf(id) !== position);
    if (twice !== undefined) {
      return `messages.${index}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${twice}`;
    }
  }
  return undefined;
};

const CACHE_BREAKPOINTS = 4;

const cachesWithinBounds: MessageRule = ({ body, turns }) => {
  const blocks = [
    ...asArray(body['tools']).map(asObject),
    ...blocksOf(body['system']),
    ...turns.flatMap((turn) => turn.blocks.flatMap(withToolResultContent)),
  ];
  const marked = [...blocks, body].map(({ cache_control }) => cache_control).filter((control) => control != null);
  if (marked.length > CACHE_BREAKPOINTS) {
    return `A maximum of 4 blocks with cache_control may be provided. Found ${marked.length}.`;
  }
  const lifetimes = marked.map((control) => asObject(control)['ttl'] ?? '5m');
  const isLate = lifetimes.some((ttl, at) => ttl === '1h' && lifetimes.slice(0, at).includes('5m'));
  return isLate ? "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block" : undefined;
};

const toolsAreSound: MessageRule = ({ body }) => {
  const tools = asArray(body['tools']).map(asObject);
  const names = tools.map(({ name }) => name).filter((name) => name !== undefined);
  if (new Set(names).size < names.length) return 'tools: Tool names must be unique.';
  for (const [index, { input_schema, strict }] of tools.entries()) {
    if (input_schema === undefined) continue;
    const place = `tools.${index}.custom.input_schema`;
    const schema = asObject(input_schema);
    if (schema['type'] === undefined) return `${place}.type: Field required`;
    if (schema['type'] !== 'object') return `${place}.type: Input should be 'object'`;
    if (['oneOf', 'allOf', 'anyOf'].some((keyword) => keyword in schema)) {
      return `${place}: input_schema does not support oneOf, allOf, or anyOf at the top level`;
    }
    const complaint = strict === true ? closedComplaint(schema) : undefined;
    if (complaint !== undefined) return `tools.${index}.custom: ${complaint}`;
  }
  return undefined;
};

const toolChoiceIsPossible: MessageRule = ({ body }) => {
  const choice = body['tool_choice'];
  if (choice === undefined) return undefined;
  const tools = asArray(body['tools']).map(asObject);
  if (tools.length === 0) return 'tool_choice: tool_choice may only be specified while providing tools';
  const { type, name } = asObject(choice);
  if (type === 'tool' && !tools.some((tool) => tool['name'] === name)) {
    return `tool_choice: Tool '${name}' not found in provided tools`;
  }
  return undefined;
};

const callsNeedTools: MessageRule = ({ body, turns }) => {
  const hasCalls = turns.some(({ blocks }) => blocks.some(({ type }) => type === 'tool_use'));
  return hasCalls && asArray(body['tools']).length === 0
    ? 'Requests which include `tool_use` or `tool_result` blocks must define tools'
    : undefined;
};

/** https://platform.claude.com/docs/en/build-with-claude/structured-outputs */
function closedComplaint(root: JsonObject): string | undefined {
  const open = subschemas(root).some(
    ({ schema }) => describesObject(schema) && schema['additionalProperties'] !== false,
  );
  return open ? "For 'object' type, 'additionalProperties' must be explicitly set to false" : undefined;
}

const outputFormatIsClosed: MessageRule = ({ body }) => {
  const schema = asObject(asObject(body['output_config'])['format'])['schema'];
  const complaint = schema === undefined ? undefined : closedComplaint(asObject(schema));
  return complaint === undefined ? undefined : `output_config.format.schema: ${complaint}`;
};

const samplingIsAllowed: MessageRule = ({ body, generation }) => {
  const { temperature, top_p, top_k, thinking } = body;
  if (!generation.sampling) {
    if (temperature !== undefined && temperature !== 1) return '`temperature` is deprecated for this model.';
    if (top_p !== undefined && top_p !== 1) return '`top_p` is deprecated for this model.';
    return top_k === undefined ? undefined : '`top_k` is deprecated for this model.';
  }
  if (temperature !== undefined && top_p !== undefined) {
    return '`temperature` and `top_p` cannot both be specified for this model. Please use only one.';
  }
  const { type } = asObject(thinking);
  if (type !== 'enabled' && type !== 'adaptive') return undefined;
  const see = `Please consult our documentation at ${EXTENDED_THINKING}`;
  if (temperature !== undefined && temperature !== 1) {
    return `\`temperature\` may only be set to 1 when thinking is enabled or in adaptive mode. ${see}`;
  }
  if (typeof top_p === 'number' && top_p < 0.95) {
    return `\`top_p\` must be greater than or equal to 0.95 or unset when thinking is enabled. ${see}`;
  }
  return top_k === undefined ? undefined : `\`top_k\` must be unset when thinking is enabled. ${see}`;
};

const thinkingIsAllowed: MessageRule = ({ body, generation }) => {
  const { type, budget_tokens } = asObject(body['thinking']);
  if (type === 'enabled' && !generation.budget) {
    return '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.';
  }
  if (type === 'adaptive' && !generation.adaptive) return 'adaptive thinking is not supported on this model';
  if (asObject(body['output_config'])['effort'] != null && !generation.effort) {
    return 'This model does not support the effort parameter.';
  }
  if (type !== 'enabled') return undefined;
  if (typeof body['max_tokens'] === 'number' && body['max_tokens'] <= Number(budget_tokens)) {
    return `\`max_tokens\` must be greater than \`thinking.budget_tokens\`. Please consult our documentation at ${EXTENDED_THINKING}#max-tokens-and-context-window-size`;
  }
  const choice = asObject(body['tool_choice'])['type'];
  return choice === 'any' || choice === 'tool'
    ? 'Thinking may not be enabled when tool_choice forces tool use.'
    : undefined;
};

const endIsAllowed: MessageRule = ({ turns, body, generation }) => {
  if (turns.at(-1)?.role !== 'assistant') return undefined;
  const { type } = asObject(body['thinking']);
  if (generation.prefill && type !== 'enabled') return undefined;
  return 'This model does not support assistant message prefill. The conversation must end with a user message.';
};

const stopSequencesAreVisible: MessageRule = ({ body }) =>
  asArray(body['stop_sequences']).some((text) => String(text).trim() === '')
    ? 'stop_sequences: each stop sequence must contain non-whitespace'
    : undefined;

export const MESSAGE_RULES: readonly MessageRule[] = [
  hasMessages,
  startsWithUser,
  blocksFitTheirRole,
  hasNoEmptyContent,
  mediaIsReal,
  callsAreAnswered,
  resultsHaveCalls,
  cachesWithinBounds,
  toolsAreSound,
  callsNeedTools,
  toolChoiceIsPossible,
  outputFormatIsClosed,
  samplingIsAllowed,
  thinkingIsAllowed,
  endIsAllowed,
  stopSequencesAreVisible,
];
