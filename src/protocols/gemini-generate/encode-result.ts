import type { ContentPart, ToolCallPart, ToolResultPart } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import type { JsonObject } from '../../lib/json.ts';
import { encodeMedia } from './encode-media.ts';
import { parseObject } from './parse-object.ts';

/** What of a tool's result goes where. */
export interface EncodedResult {
  /** The part with the result itself. */
  readonly part: JsonObject;
  /** Parts for the media of a result, where the model takes none within it. */
  readonly beside: readonly JsonObject[];
}

/**
 * A result in the vendor's words, which must be an object: `output` holds what the tool says and `error` what went
 * wrong. `call` gives the name, which the vendor insists on.
 */
export function encodeResult(
  result: ToolResultPart,
  call: Pick<ToolCallPart, 'id' | 'name'>,
  takesMedia: boolean,
  ledger: LossLedger,
): EncodedResult {
  if (result.cache !== undefined) ledger.dropped('messages.cache_control', 'minor', 'caches by itself');
  const media = result.content.flatMap((part) => (part.type === 'media' ? [encodeMedia(part, ledger)] : []));
  const response = encodeWords(wordsOf(result.content, ledger), result.isError === true, media.length > 0);
  const isWithin = takesMedia && media.length > 0;
  if (!isWithin && media.length > 0) ledger.approximated('messages.tool_result.media', 'minor', 'beside the result');
  const within = isWithin ? { parts: media } : {};
  return {
    part: { functionResponse: { ...idOf(call.id), name: call.name, response, ...within } },
    beside: isWithin ? [] : media,
  };
}

/** The vendor wants as many results as there were calls. */
export function missingResult(call: Pick<ToolCallPart, 'id' | 'name'>): JsonObject {
  return { functionResponse: { ...idOf(call.id), name: call.name, response: { error: 'There is no result.' } } };
}

export function idOf(id: string): JsonObject {
  return id === '' ? {} : { id };
}

function wordsOf(content: readonly ContentPart[], ledger: LossLedger): string {
  const words: string[] = [];
  for (const part of content) {
    if (part.type === 'text' || part.type === 'refusal') words.push(part.text);
    else if (part.type !== 'media') ledger.dropped(`messages.tool_result.${part.type}`, 'meaning');
  }
  return words.join('\n');
}

function encodeWords(words: string, isError: boolean, hasMedia: boolean): JsonObject {
  const key = isError ? 'error' : 'output';
  if (words === '' && hasMedia) return {};
  const value = parseObject(words);
  // The vendor takes `$ref` within a result for a reference of its own and refuses unknown ones. What no double holds
  // goes as text, because the vendor has doubles too: https://protobuf.dev/reference/protobuf/google.protobuf/#value
  const isSafe = value !== undefined && JSON.stringify(value) === words && !words.includes('"$ref"');
  return isSafe && (!isError || Object.hasOwn(value, 'error')) ? value : { [key]: words };
}
