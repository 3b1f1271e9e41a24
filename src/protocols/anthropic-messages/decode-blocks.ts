import type { CacheMark, ContentPart } from '../../canonical/content.ts';
import { stringifyExact } from '../../lib/exact-json.ts';
import { asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { OpenedSeal } from '../seal.ts';
import { decodeCitations } from './citations.ts';
import { decodeDocument, decodeImage } from './decode-media.ts';
import type { Leftovers } from './leftovers.ts';
import { OWN_FORMAT } from './wire.ts';

export interface BlockContext {
  /** Takes the seal of a thought out of the wrapping in which it came. */
  readonly openSeal: (seal: string) => OpenedSeal;
  readonly leftovers: Leftovers;
}

/** Undefined for a block that the canonical form cannot say. */
type BlockDecoder = (block: JsonObject, context: BlockContext) => ContentPart | undefined;

/** The `content` of a message or of a tool result: a text or a list of blocks. An empty text is no part. */
export function decodeContent(content: JsonValue | undefined, context: BlockContext): ContentPart[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.map((block) => decodeBlock(block, context)) : [];
}

/** https://platform.claude.com/docs/en/api/messages */
const DECODERS: ReadonlyMap<string, BlockDecoder> = new Map<string, BlockDecoder>([
  ['text', decodeText],
  ['image', decodeMediaWith(decodeImage, ['type', 'source', 'cache_control'])],
  ['document', decodeMediaWith(decodeDocument, ['type', 'source', 'cache_control', 'title'])],
  ['thinking', decodeThinking],
  ['redacted_thinking', decodeRedacted],
  ['tool_use', decodeToolUse],
  ['tool_result', decodeToolResult],
]);

/** Blocks without a decoder are those of the tools that the vendor runs itself, and whatever is new. */
function decodeBlock(value: JsonValue, context: BlockContext): ContentPart {
  const block = asObject(value);
  const decode = DECODERS.get(asString(block['type']) ?? '');
  return decode?.(block, context) ?? { type: 'foreign', protocol: OWN_FORMAT, value };
}

export function decodeCacheMark(value: JsonValue | undefined): { readonly cache?: CacheMark } {
  if (!isJsonObject(value)) return {};
  const ttl = asString(value['ttl']);
  return { cache: ttl === undefined ? {} : { ttl } };
}

function decodeText(block: JsonObject, { leftovers }: BlockContext): ContentPart | undefined {
  const { type: _, text, cache_control: mark, citations: given, ...rest } = block;
  if (typeof text !== 'string') return undefined;
  leftovers.keep('text', rest);
  const citations = decodeCitations(given);
  return { type: 'text', text, ...(citations.length === 0 ? {} : { citations }), ...decodeCacheMark(mark) };
}

function decodeMediaWith(
  decode: (block: JsonObject) => ContentPart | undefined,
  known: readonly string[],
): BlockDecoder {
  return (block, { leftovers }) => {
    const part = decode(block);
    if (part === undefined) return undefined;
    const rest = Object.entries(block).filter(([name]) => !known.includes(name));
    leftovers.keep(asString(block['type']) ?? '', Object.fromEntries(rest));
    return { ...part, ...decodeCacheMark(block['cache_control']) };
  };
}

/** Newer models leave the words of a thought out and give its signature only. */
function decodeThinking(block: JsonObject, context: BlockContext): ContentPart | undefined {
  const { type: _, thinking, signature, ...rest } = block;
  if (typeof thinking !== 'string') return undefined;
  context.leftovers.keep('thinking', rest);
  if (typeof signature !== 'string' || signature === '') return { type: 'reasoning', text: thinking };
  const opened = context.openSeal(signature);
  if (opened.signature === '') return { type: 'reasoning', text: thinking };
  return { type: 'reasoning', text: thinking, signature: opened.signature, ...originOfSeal(opened) };
}

function decodeRedacted(block: JsonObject, context: BlockContext): ContentPart | undefined {
  const { data } = block;
  if (typeof data !== 'string') return undefined;
  const opened = context.openSeal(data);
  return { type: 'reasoning', text: '', redacted: opened.signature, ...originOfSeal(opened) };
}

function originOfSeal({ origin }: OpenedSeal): { readonly origin?: string } {
  return origin === undefined ? {} : { origin };
}

/** `caller` says who calls; `direct` is the model itself and the only one outside of the vendor's own tools. */
function decodeToolUse(block: JsonObject, { leftovers }: BlockContext): ContentPart | undefined {
  const { type: _, id, name, input, cache_control: mark, caller, ...rest } = block;
  if (typeof id !== 'string' || typeof name !== 'string') return undefined;
  const isDirect = asObject(caller)['type'] === 'direct';
  leftovers.keep('tool_use', isDirect || caller === undefined ? rest : { ...rest, caller });
  return { type: 'tool-call', id, name, arguments: stringifyExact(input ?? {}), ...decodeCacheMark(mark) };
}

function decodeToolResult(block: JsonObject, context: BlockContext): ContentPart | undefined {
  const { type: _, tool_use_id: callId, content, is_error: isError, cache_control: mark, ...rest } = block;
  if (typeof callId !== 'string') return undefined;
  context.leftovers.keep('tool_result', rest);
  return {
    type: 'tool-result',
    callId,
    content: decodeContent(content, context),
    ...(typeof isError === 'boolean' ? { isError } : {}),
    ...decodeCacheMark(mark),
  };
}
