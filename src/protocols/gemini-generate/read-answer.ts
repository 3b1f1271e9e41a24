import { asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { badAnswer } from '../read-answer.ts';
import { asList, asNumber, camelMembers } from './members.ts';

/** More candidates than the vendor makes; bounds what a stream can make us hold. */
const MAX_CANDIDATES = 128;

/** A candidate, or one step of it. */
export interface WireCandidate {
  readonly index: number;
  readonly parts: readonly JsonValue[];
  /** Empty until the candidate ends. */
  readonly finishReason: string;
  /** All members under their names in camel case. */
  readonly members: JsonObject;
}

/** Throws `upstream.bad_response` for an index that makes no sense. */
export function readCandidates(body: JsonObject): WireCandidate[] {
  return asList(body['candidates']).map((candidate, position) => {
    const members = camelMembers(candidate);
    const index = asNumber(members['index']) ?? position;
    if (!Number.isInteger(index) || index < 0 || index >= MAX_CANDIDATES) {
      throw badAnswer(`candidate with index ${JSON.stringify(members['index'])}`);
    }
    const { parts } = camelMembers(members['content']);
    const finishReason = asString(members['finishReason']) ?? '';
    return { index, parts: asList(parts), finishReason: finishReason === UNSPECIFIED ? '' : finishReason, members };
  });
}

const UNSPECIFIED = 'FINISH_REASON_UNSPECIFIED';

/** True where the vendor refused the prompt itself: there are no candidates then. */
export function isBlocked(body: JsonObject): boolean {
  const reason = asString(camelMembers(body['promptFeedback'])['blockReason']) ?? '';
  return reason !== '' && !reason.endsWith('_UNSPECIFIED');
}

/** A whole answer's candidates; none where the prompt was blocked. Throws `upstream.bad_response`. */
export function readAnswer(body: JsonObject): WireCandidate[] {
  if (isJsonObject(body['error'])) {
    throw badAnswer(`error inside a success: ${asString(asObject(body['error'])['message']) ?? 'no message'}`);
  }
  const candidates = readCandidates(body);
  if (candidates.length === 0 && !isBlocked(body)) throw badAnswer('an answer without candidates');
  const isEmpty = ({ parts, finishReason }: WireCandidate): boolean => parts.length === 0 && finishReason === '';
  if (candidates.some(isEmpty)) throw badAnswer('a candidate without content and finish reason');
  return candidates;
}
