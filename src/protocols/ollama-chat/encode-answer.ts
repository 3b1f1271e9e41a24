import type { FinishReason } from '../../canonical/chat.ts';
import type { ContentPart } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { promptTokens, type Usage } from '../../canonical/usage.ts';
import type { JsonObject } from '../../lib/json.ts';
import { argumentsObject } from './call-arguments.ts';
import { encodeDoneReason } from './wire.ts';

/** What a model said, in the pieces that Ollama's answers have. */
export interface AnswerWords {
  readonly text: string;
  readonly thinking: string;
  readonly images: readonly string[];
  readonly toolCalls: readonly JsonObject[];
}

/** A chat has the words in a `message`, a completion beside everything else. */
export type EncodeWords = (words: AnswerWords) => JsonObject;

export const encodeChatWords: EncodeWords = ({ text, thinking, images, toolCalls }) => ({
  message: {
    role: 'assistant',
    content: text,
    ...(thinking === '' ? {} : { thinking }),
    ...(images.length === 0 ? {} : { images }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  },
});

export const encodeGenerateWords: EncodeWords = ({ text, thinking, images, toolCalls }) => {
  const [image] = images;
  return {
    response: text,
    ...(thinking === '' ? {} : { thinking }),
    ...(image === undefined ? {} : { image }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
  };
};

export const NO_WORDS: AnswerWords = { text: '', thinking: '', images: [], toolCalls: [] };

export function wordsOf(parts: readonly ContentPart[], ledger: LossLedger): AnswerWords {
  const words = { texts: [] as string[], thoughts: [] as string[], images: [] as string[], calls: [] as JsonObject[] };
  for (const part of parts) {
    switch (part.type) {
      case 'text':
        words.texts.push(part.text);
        if (part.citations !== undefined) ledger.dropped('answer.citations', 'minor');
        break;
      case 'refusal':
        words.texts.push(part.text);
        break;
      case 'reasoning':
        words.thoughts.push(part.text);
        if ((part.signature ?? part.redacted) !== undefined) noteSeal(ledger);
        break;
      case 'media':
        words.images.push(...encodeImage(part, ledger));
        break;
      case 'tool-call':
        words.calls.push(encodeCall(part, words.calls.length, ledger));
        break;
      case 'tool-result':
      case 'foreign':
        ledger.dropped('answer.content', 'minor');
        break;
      default:
        part satisfies never;
    }
  }
  const { texts, thoughts, images, calls } = words;
  return { text: texts.join(''), thinking: thoughts.join(''), images, toolCalls: calls };
}

export function noteSeal(ledger: LossLedger): void {
  ledger.dropped('answer.reasoning.signature', 'minor');
}

type Media = Pick<Extract<ContentPart, { readonly type: 'media' }>, 'modality' | 'source'>;

/** Only pictures that are there themselves. */
export function encodeImage({ modality, source }: Media, ledger: LossLedger): readonly string[] {
  if (modality === 'image' && source.kind === 'inline') return [source.base64];
  ledger.dropped(`answer.${modality}`, 'meaning');
  return [];
}

interface Call {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

export function encodeCall({ id, name, arguments: text }: Call, index: number, ledger: LossLedger): JsonObject {
  const { value, isExact } = argumentsObject(text);
  if (!isExact) ledger.approximated('answer.tool_calls.arguments', 'minor', 'only as an object');
  return { id, function: { index, name, arguments: value } };
}

/** What stands at the end of an answer. Durations are in milliseconds; on the wire they are nanoseconds. */
export interface AnswerEnd {
  readonly finishReason: FinishReason;
  readonly usage: Usage | undefined;
  readonly totalMs: number;
  readonly promptMs: number;
  readonly answerMs: number;
}

export function encodeEnd({ finishReason, usage, totalMs, promptMs, answerMs }: AnswerEnd): JsonObject {
  return {
    done: true,
    done_reason: encodeDoneReason(finishReason),
    total_duration: nanoseconds(totalMs),
    load_duration: 0,
    prompt_eval_count: usage === undefined ? 0 : promptTokens(usage),
    prompt_eval_duration: nanoseconds(promptMs),
    eval_count: usage?.outputTokens ?? 0,
    eval_duration: nanoseconds(answerMs),
  };
}

/** Clients divide by these figures. */
function nanoseconds(ms: number): number {
  return Math.max(1, Math.round(ms * 1e6));
}
