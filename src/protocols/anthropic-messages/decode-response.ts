import type { ChatResponse, FinishReason } from '../../canonical/chat.ts';
import type { ContentPart } from '../../canonical/content.ts';
import { asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { ResponseSummary } from '../protocol.ts';
import { badAnswer, readJsonAnswer } from '../read-answer.ts';
import { decodeContent } from './decode-blocks.ts';
import { decodeStopReason } from './finish.ts';
import { Leftovers } from './leftovers.ts';
import { decodeUsage } from './usage.ts';
import { readWireError } from './wire.ts';

/** https://platform.claude.com/docs/en/api/messages/create#response.message */
export function decodeResponse(body: JsonObject): ChatResponse {
  const blocks = readBlocks(body);
  const stopSequence = asString(body['stop_sequence']);
  return {
    id: asString(body['id']) ?? '',
    model: asString(body['model']) ?? '',
    choices: [
      {
        content: [...decodeAnswer(blocks), ...decodeRefusal(body['stop_details'])],
        finishReason: finishReasonOf(body),
        ...(stopSequence === undefined ? {} : { stopSequence }),
      },
    ],
    usage: decodeUsage(body['usage']),
  };
}

export function summarizeResponse(body: Buffer): ResponseSummary {
  const answer = readJsonAnswer(body);
  readBlocks(answer);
  return { usage: decodeUsage(answer['usage']), finishReason: finishReasonOf(answer) };
}

/** Throws `upstream.bad_response` unless the body is an answer. */
function readBlocks(body: JsonObject): readonly JsonValue[] {
  const error = readWireError(body);
  if (error !== undefined) throw badAnswer(`error inside a success: ${error.message ?? 'no message'}`);
  const { content } = body;
  if (!Array.isArray(content)) throw badAnswer('an answer without content');
  if (!content.every(isBlock)) throw badAnswer('a content block without a type');
  return content;
}

function isBlock(value: JsonValue): boolean {
  return isJsonObject(value) && typeof value['type'] === 'string';
}

/** Seals of an answer are the provider's own: they are in no wrapping. Empty texts say nothing. */
function decodeAnswer(blocks: readonly JsonValue[]): ContentPart[] {
  const openSeal = (signature: string) => ({ signature, origin: undefined });
  const parts = decodeContent(blocks, { openSeal, leftovers: new Leftovers() });
  return parts.filter((part) => !isEmpty(part));
}

function isEmpty(part: ContentPart): boolean {
  if (part.type === 'text') return part.text === '' && part.citations === undefined;
  return part.type === 'reasoning' && part.text === '' && (part.signature ?? part.redacted) === undefined;
}

/** Why the provider itself stopped the answer, where it says so. */
export function decodeRefusal(stopDetails: JsonValue | undefined): ContentPart[] {
  const { type, explanation } = asObject(stopDetails);
  const isSaid = type === 'refusal' && typeof explanation === 'string' && explanation !== '';
  return isSaid ? [{ type: 'refusal', text: explanation }] : [];
}

function finishReasonOf(body: JsonObject): FinishReason {
  return decodeStopReason(asString(body['stop_reason']) ?? '');
}
