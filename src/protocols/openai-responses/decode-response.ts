import type { ChatChoice, ChatResponse, TokenLogprob } from '../../canonical/chat.ts';
import type { ContentPart, MediaPart, ReasoningPart, ToolCallPart } from '../../canonical/content.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject } from '../../lib/json.ts';
import { decodeLogprobs } from '../openai-logprobs.ts';
import type { ResponseSummary } from '../protocol.ts';
import { badAnswer, readJsonAnswer } from '../read-answer.ts';
import { decodeRefusal, decodeText } from './decode-parts.ts';
import { failureOf, isErrorBody } from './errors.ts';
import { decodeUsage } from './usage.ts';
import { CALL_TYPES, FORMAT, finishReasonOf, textOfReasoning } from './wire.ts';

/** https://platform.openai.com/docs/api-reference/responses/object */
export function decodeResponse(body: JsonObject): ChatResponse {
  checkAnswer(body);
  if (IS_UNFINISHED.has(body['status'])) throw badAnswer(`an answer that is still ${String(body['status'])}`);
  const content = asArray(body['output']).flatMap((item) => decodeItem(asObject(item)));
  const logprobs = logprobsOf(body);
  const choice: ChatChoice = {
    content,
    finishReason: reasonOf(body),
    ...(logprobs.length === 0 ? {} : { logprobs }),
  };
  return {
    id: asString(body['id']) ?? '',
    model: asString(body['model']) ?? '',
    choices: [choice],
    usage: decodeUsage(body['usage']),
  };
}

/** An answer in the background begins without any content, and is good all the same where it goes through. */
export function summarizeResponse(bytes: Buffer): ResponseSummary {
  const body = readJsonAnswer(bytes);
  checkAnswer(body);
  const isUnfinished = IS_UNFINISHED.has(body['status']);
  return { usage: decodeUsage(body['usage']), finishReason: isUnfinished ? undefined : reasonOf(body) };
}

const IS_UNFINISHED: ReadonlySet<unknown> = new Set(['queued', 'in_progress']);
const HAS_FAILED: ReadonlySet<unknown> = new Set(['failed', 'cancelled']);

function checkAnswer(body: JsonObject): void {
  if (HAS_FAILED.has(body['status'])) throw failureOf(body, 'upstream.failed');
  if (isErrorBody(body)) throw failureOf(body, 'upstream.bad_response');
  const { output } = body;
  if (!Array.isArray(output) || !output.every(isJsonObject))
    throw badAnswer('an answer without a list of output items');
}

function reasonOf(body: JsonObject): ChatChoice['finishReason'] {
  const items = asArray(body['output']).map(asObject);
  const parts = items.flatMap((item) => asArray(item['content']).map(asObject));
  return finishReasonOf(body, {
    hasCall: items.some((item) => CALL_TYPES.has(item['type'])),
    hasRefusal: parts.some((part) => part['type'] === 'refusal'),
  });
}

function logprobsOf(body: JsonObject): readonly TokenLogprob[] {
  const parts = asArray(body['output']).flatMap((item) => asArray(asObject(item)['content']));
  return parts.flatMap((part) => decodeLogprobs({ content: asObject(part)['logprobs'] ?? [] }) ?? []);
}

/** What tools of the vendor did stays as it came. */
function decodeItem(item: JsonObject): ContentPart[] {
  const { type } = item;
  if (type === 'message') return asArray(item['content']).flatMap((part) => decodeSaid(asObject(part)));
  if (type === 'reasoning') return decodeThought(item);
  if (CALL_TYPES.has(type)) return [decodeCall(item)];
  const picture = type === 'image_generation_call' ? decodePicture(item) : undefined;
  return [picture ?? { type: 'foreign', protocol: FORMAT, value: item }];
}

function decodeSaid(part: JsonObject): ContentPart[] {
  const decoded = part['type'] === 'refusal' ? decodeRefusal(part) : decodeText(part);
  if (decoded === undefined) return [{ type: 'foreign', protocol: FORMAT, value: part }];
  return 'text' in decoded && decoded.text === '' ? [] : [decoded];
}

function decodeThought(item: JsonObject): ReasoningPart[] {
  const text = textOfReasoning(item);
  const seal = sealOf(item, text !== '');
  return text === '' && seal.redacted === undefined ? [] : [{ type: 'reasoning', text, ...seal }];
}

/** A thought without any words is one that the provider does not show. */
export function sealOf(item: JsonObject, hasText: boolean): Pick<ReasoningPart, 'signature' | 'redacted'> {
  const encrypted = asString(item['encrypted_content']) ?? '';
  if (encrypted === '') return {};
  return hasText ? { signature: encrypted } : { redacted: encrypted };
}

export function decodeCall(item: JsonObject): ToolCallPart {
  const isCustom = item['type'] === 'custom_tool_call';
  const namespace = asString(item['namespace']);
  return {
    type: 'tool-call',
    id: asString(item['call_id']) ?? asString(item['id']) ?? '',
    name: asString(item['name']) ?? '',
    arguments: asString(item[isCustom ? 'input' : 'arguments']) ?? '',
    ...(isCustom ? { isCustom } : {}),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** Undefined where the picture did not come about. */
export function decodePicture({ result, output_format: format }: JsonObject): MediaPart | undefined {
  if (typeof result !== 'string' || result === '') return undefined;
  const mediaType = `image/${asString(format) ?? 'png'}`;
  return { type: 'media', modality: 'image', source: { kind: 'inline', mediaType, base64: result } };
}
