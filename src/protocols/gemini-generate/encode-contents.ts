import type { Message, ReasoningPart, ToolCallPart } from '../../canonical/content.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { RequestDraft } from '../encode-fields.ts';
import { encodeMedia } from './encode-media.ts';
import { encodeResult, idOf, missingResult } from './encode-result.ts';
import { isBeforeGemini3, isGemini3 } from './models.ts';
import { parseObject } from './parse-object.ts';
import { UNCHECKED_SEAL } from './seals.ts';
import { arrange, matchResults, strayWords, type Turn, type TurnPart } from './turns.ts';

/** https://ai.google.dev/api/caching#Content */
export function encodeContents(messages: readonly Message[], draft: RequestDraft): void {
  const { system, turns } = arrange(messages, draft.ledger);
  const instruction = system.flatMap((part) => encodePart(part, draft));
  if (instruction.length > 0) draft.body['systemInstruction'] = { parts: instruction };
  const contents = turns.map((turn, index) => encodeTurn(turn, turns[index - 1], draft));
  draft.body['contents'] = contents.filter(({ parts }) => parts.length > 0);
}

interface EncodedTurn extends JsonObject {
  readonly role: Turn['role'];
  readonly parts: readonly JsonValue[];
}

function encodeTurn(turn: Turn, before: Turn | undefined, draft: RequestDraft): EncodedTurn {
  if (turn.role === 'user') {
    const results = encodeResults(turn, before, draft);
    return { role: 'user', parts: [...results, ...turn.parts.flatMap((part) => encodePart(part, draft))] };
  }
  const firstCall = turn.parts.findIndex(({ part }) => part.type === 'tool-call');
  const parts = turn.parts.flatMap((part, index) => encodePart(part, draft, index === firstCall));
  return { role: 'model', parts };
}

function encodeResults(turn: Turn, before: Turn | undefined, draft: RequestDraft): JsonObject[] {
  const { ledger, options } = draft;
  const calls = (before?.parts ?? []).flatMap(({ part }) => (part.type === 'tool-call' ? [part] : []));
  const { answered, stray } = matchResults(calls, turn.results);
  const takesMedia = !isBeforeGemini3(options.model);
  const encoded = answered.map(({ call, answer }) => {
    if (answer === undefined) {
      ledger.approximated('messages.tool_result', 'minor', 'a call without a result as one that failed');
      return { part: missingResult(call), beside: [] };
    }
    const { part, beside } = encodeResult(answer.result, call, takesMedia, ledger);
    return { part: withVerbatim(part, answer.verbatim), beside };
  });
  if (stray.length > 0) ledger.approximated('messages.tool_result', 'minor', 'a result without its call as text');
  return [
    ...encoded.map(({ part }) => part),
    ...encoded.flatMap(({ beside }) => beside),
    ...stray.map((result) => ({ text: strayWords(result).text })),
  ];
}

/** No part at all for what the vendor has no place for, or would refuse. */
function encodePart({ part, verbatim }: TurnPart, draft: RequestDraft, isFirstCall = false): JsonValue[] {
  const { ledger } = draft;
  switch (part.type) {
    case 'text':
      if (part.cache !== undefined) ledger.dropped('messages.cache_control', 'minor', 'caches by itself');
      return part.text === '' ? [] : [withVerbatim({ text: part.text }, verbatim)];
    case 'refusal':
      ledger.approximated('messages.refusal', 'minor', 'as text');
      return part.text === '' ? [] : [{ text: part.text }];
    case 'media':
      return [withVerbatim(encodeMedia(part, ledger), verbatim)];
    case 'reasoning':
      return encodeReasoning(part, draft);
    case 'tool-call':
      return [withVerbatim(encodeCall(part, draft, isFirstCall), verbatim)];
    case 'foreign':
      if (part.protocol === 'gemini-generate') return [part.value];
      ledger.dropped('messages.content', 'meaning', `a part of ${part.protocol}`);
      return [];
    default:
      return part satisfies never;
  }
}

/** Thoughts of others would count as words of the model, so that only the vendor's own go back. */
function encodeReasoning(part: ReasoningPart, { ledger, options }: RequestDraft): JsonObject[] {
  const { text, signature, origin } = part;
  if (origin !== options.origin || signature === undefined) {
    ledger.dropped('messages.reasoning', 'minor', 'only for the model that made it');
    return [];
  }
  return [{ text, thought: true, thoughtSignature: signature }];
}

function encodeCall(call: ToolCallPart, draft: RequestDraft, isFirst: boolean): JsonObject {
  const { ledger } = draft;
  if (call.cache !== undefined) ledger.dropped('messages.cache_control', 'minor', 'caches by itself');
  return {
    functionCall: { ...idOf(call.id), name: call.name, args: encodeArguments(call, draft) },
    ...sealOf(call, draft, isFirst),
  };
}

function encodeArguments({ arguments: text }: ToolCallPart, { ledger }: RequestDraft): JsonObject {
  const args = parseObject(text);
  if (args !== undefined) return args;
  if (text.trim() === '') return {};
  ledger.approximated('messages.tool_calls.arguments', 'minor', 'no JSON object and so as one text');
  return { input: text };
}

/** The first call of a turn stands for the thought behind all of them. */
function sealOf(call: ToolCallPart, { ledger, options }: RequestDraft, isFirst: boolean): JsonObject {
  const { signature, origin } = call;
  if (signature !== undefined && origin === options.origin) return { thoughtSignature: signature };
  if (signature !== undefined) ledger.dropped('messages.tool_calls.signature', 'minor', 'only for its maker');
  return isFirst && isGemini3(options.model) ? { thoughtSignature: UNCHECKED_SEAL } : {};
}

/** Members of the wire part, and members within them, that only the vendor's own clients say. */
function withVerbatim(part: JsonObject, verbatim: JsonObject): JsonObject {
  const merged = Object.entries(verbatim).map(([name, value]) => {
    const own = part[name];
    return [name, isJsonObject(own) && isJsonObject(value) ? { ...value, ...own } : value] as const;
  });
  return { ...part, ...Object.fromEntries(merged) };
}
