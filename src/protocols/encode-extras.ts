import type { Message } from '../canonical/content.ts';
import type { LossLedger } from '../canonical/loss.ts';
import type { FormatId } from '../canonical/protocol-id.ts';
import type { JsonObject } from '../lib/json.ts';
import type { FieldEncoder } from './encode-fields.ts';

type Extras = Readonly<Partial<Record<FormatId, JsonObject>>>;

/**
 * Members that a decoder keeps verbatim beside the canonical field that says the same: the field is carried, so the
 * member is not lost. Members about the transport of a call, which every format has its own way for, are here too.
 */
const HAS_TWIN: ReadonlySet<string> = new Set([
  'enable_thinking',
  'keep_alive',
  'logprobs',
  'max_completion_tokens',
  'max_tokens',
  'reasoning',
  'reasoning_effort',
  'response_format',
  'shift',
  'stop',
  'stream_options',
  'thinking',
  'tool_choice',
  'tools',
  'top_logprobs',
  'truncate',
]);

/** The same for members of a message. */
const MESSAGE_HAS_TWIN: ReadonlySet<string> = new Set([
  'content',
  'name',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'refusal',
  'role',
  'tool_call_id',
  'tool_calls',
]);

/** Without these the answer may be another one; everything else only makes it less exact. */
const CHANGES_MEANING: ReadonlySet<string> = new Set([
  'audio',
  'background',
  'cachedContent',
  'container',
  'context',
  'conversation',
  'function_call',
  'functions',
  'generationConfig.responseMimeType',
  'generationConfig.responseModalities',
  'generationConfig.responseSchema',
  'guided_grammar',
  'guided_json',
  'guided_regex',
  'mcp_servers',
  'modalities',
  'prediction',
  'raw',
  'suffix',
  'template',
  'previous_response_id',
  'prompt',
  'toolConfig.functionCallingConfig',
  'web_search_options',
]);

/** Puts the members that came in format `own` back as they were, and notes those of other formats as lost. */
export function encodeExtras(own: FormatId): FieldEncoder<Extras> {
  return (extras, { body, ledger }) => {
    for (const [format, members] of Object.entries(extras)) {
      if (format === own) Object.assign(body, members);
      else noteLost(members, HAS_TWIN, ledger, '');
    }
  };
}

/** What of the message's members came in format `own`; those of other formats are noted as lost. */
export function extrasOf(message: Message, own: FormatId, ledger: LossLedger): JsonObject {
  for (const [format, members] of Object.entries(message.extras ?? {})) {
    if (format !== own) noteLost(members, MESSAGE_HAS_TWIN, ledger, 'messages.');
  }
  return message.extras?.[own] ?? {};
}

function noteLost(members: JsonObject, twins: ReadonlySet<string>, ledger: LossLedger, path: string): void {
  for (const [name, value] of Object.entries(members)) {
    if (twins.has(name) || value === null || value === undefined) continue;
    ledger.dropped(`${path}${name}`, CHANGES_MEANING.has(name) ? 'meaning' : 'minor');
  }
}
