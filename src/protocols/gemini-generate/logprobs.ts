import type { TokenLogprob } from '../../canonical/chat.ts';
import { asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { asList, asNumber, camelMembers } from './members.ts';

interface WireToken {
  readonly token: string;
  readonly logprob: number;
}

/** https://ai.google.dev/api/generate-content#LogprobsResult */
export function decodeLogprobs(result: JsonValue | undefined): readonly TokenLogprob[] | undefined {
  if (result === undefined) return undefined;
  const { chosenCandidates, topCandidates } = camelMembers(result);
  const tops = asList(topCandidates).map((top) => asList(camelMembers(top)['candidates']).map(decodeToken));
  const chosen = asList(chosenCandidates).map(decodeToken);
  if (chosen.length === 0) return undefined;
  return chosen.map((token, index) => ({ ...token, ...(tops[index] === undefined ? {} : { top: tops[index] }) }));
}

function decodeToken(value: JsonValue): WireToken {
  const { token, logProbability } = camelMembers(value);
  return { token: asString(token) ?? '', logprob: asNumber(logProbability) ?? 0 };
}

export function encodeLogprobs(logprobs: readonly TokenLogprob[]): JsonObject {
  const chosenCandidates = logprobs.map(encodeToken);
  if (logprobs.every(({ top }) => top === undefined)) return { chosenCandidates };
  return { chosenCandidates, topCandidates: logprobs.map(({ top = [] }) => ({ candidates: top.map(encodeToken) })) };
}

function encodeToken({ token, logprob }: WireToken): JsonObject {
  return { token, logProbability: logprob };
}
