import type { ChatChoice, ChatResponse } from '../../canonical/chat.ts';
import type { Citation, ContentPart } from '../../canonical/content.ts';
import { createId } from '../../lib/ids.ts';
import { asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { ResponseSummary } from '../protocol.ts';
import { readJsonAnswer } from '../read-answer.ts';
import { decodeCitations } from './citations.ts';
import { type CallIds, decodePart } from './decode-part.ts';
import { decodeFinishReason } from './finish.ts';
import { decodeLogprobs } from './logprobs.ts';
import { camelMembers } from './members.ts';
import { readAnswer, type WireCandidate } from './read-answer.ts';
import { decodeUsage } from './usage.ts';

/** https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse */
export function decodeResponse(body: JsonObject): ChatResponse {
  const members = camelMembers(body);
  const [first = BLOCKED, ...others] = readAnswer(members).map(decodeCandidate);
  return {
    id: asString(members['responseId']) ?? '',
    model: asString(members['modelVersion']) ?? '',
    choices: [first, ...others],
    usage: decodeUsage(members['usageMetadata']),
  };
}

export function summarizeResponse(body: Buffer): ResponseSummary {
  const members = camelMembers(readJsonAnswer(body));
  const [first] = readAnswer(members);
  const finishReason = first === undefined ? BLOCKED.finishReason : finishReasonOf(first);
  return { usage: decodeUsage(members['usageMetadata']), finishReason };
}

const BLOCKED: ChatChoice = { content: [], finishReason: 'content-filter' };

/** Ids for the calls of an answer, most of which have none: never used before, because clients mix them. */
export const ANSWER_IDS: CallIds = {
  ofCall: (wireId) => wireId ?? `call_${createId()}`,
  ofResult: (wireId) => wireId ?? '',
};

function decodeCandidate(candidate: WireCandidate): ChatChoice {
  const { parts, members } = candidate;
  const content = parts.flatMap(decodeAnswerPart);
  const logprobs = decodeLogprobs(members['logprobsResult']);
  return {
    content: withCitations(content, members),
    finishReason: finishReasonOf(candidate),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
}

/** Neither empty texts nor the drafts of pictures say anything. */
function decodeAnswerPart(wire: JsonValue): ContentPart[] {
  const { part } = decodePart(wire, ANSWER_IDS);
  const isEmptyText = part.type === 'text' && part.text === '';
  const isEmptyThought = part.type === 'reasoning' && part.text === '' && part.signature === undefined;
  const isDraft = part.type === 'media' && camelMembers(wire)['thought'] === true;
  return isEmptyText || isEmptyThought || isDraft ? [] : [part];
}

function finishReasonOf({ parts, finishReason }: WireCandidate): ChatChoice['finishReason'] {
  return decodeFinishReason(finishReason, parts.some(isCall));
}

export function isCall(wire: JsonValue): boolean {
  return camelMembers(wire)['functionCall'] !== undefined;
}

/** Citations count through all the text of a candidate; each goes to the part in which it starts. */
function withCitations(content: readonly ContentPart[], members: JsonObject): readonly ContentPart[] {
  const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  const citations = decodeCitations(members, text);
  if (citations.length === 0) return content;
  let offset = 0;
  return content.map((part) => {
    if (part.type !== 'text') return part;
    const end = offset + part.text.length;
    const mine = citations.filter(({ start = 0 }) => start >= offset && start < end);
    const moved = mine.map((citation) => within(citation, offset, part.text.length));
    offset = end;
    return moved.length === 0 ? part : { ...part, citations: moved };
  });
}

/** The citation with its range in a part that starts at `offset` of the whole text. */
function within(citation: Citation, offset: number, length: number): Citation {
  const { start, end } = citation;
  if (start === undefined || end === undefined) return citation;
  return { ...citation, start: start - offset, end: Math.min(end - offset, length) };
}
