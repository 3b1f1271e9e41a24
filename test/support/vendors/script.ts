import type { IncomingHttpHeaders } from 'node:http';

/** One request that a vendor accepted or refused, as it came over the wire. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
  readonly body: any;
}

/** Tokens in disjoint buckets, except that `reasoning` is part of `output`. Each vendor counts them its own way. */
export interface VendorUsage {
  readonly freshInput: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
}

/** `start` and `end` are positions in the answer's text, in UTF-16 code units. */
export interface VendorCitation {
  readonly start: number;
  readonly end: number;
  readonly url: string;
  readonly title: string;
}

export interface VendorToolCall {
  readonly name: string;
  /** JSON text of an object; it reaches the wire exactly so wherever the vendor sends text, and unparsed elsewhere. */
  readonly arguments: string;
  /** Where the request declared the tool as free text (Responses only): the input, sent instead of `arguments`. */
  readonly customInput?: string;
}

export interface VendorError {
  readonly status: number;
  /** The vendor's own word: Anthropic's `error.type`, OpenAI's `error.code`, Gemini's `error.status`. */
  readonly type: string;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

export type VendorFinish = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'stop-sequence';

/** What a model says, in no vendor's words. */
export interface VendorAnswer {
  readonly reasoning?: { readonly text: string; readonly signature?: string };
  readonly text?: string;
  readonly refusal?: string;
  readonly toolCalls?: readonly VendorToolCall[];
  readonly finish: VendorFinish;
  /** The sequence that stopped the answer, named by vendors that name it. */
  readonly stopSequence?: string;
  readonly usage: VendorUsage;
  readonly citations?: readonly VendorCitation[];
  /** Answered instead of everything else; inside the stream where `errorAfterPieces` is given and a stream was asked. */
  readonly error?: VendorError;
  /** How many pieces of content (text, reasoning, arguments) come before `error`. */
  readonly errorAfterPieces?: number;
  /** The connection is reset after so many pieces; a whole answer is cut in its middle. */
  readonly cutAfterPieces?: number;
  /** The answer stands still after so many pieces, until the client closes it; a whole one before its first byte. */
  readonly stallAfterPieces?: number;
  /** Arguments of several calls take turns, where the vendor numbers them (both OpenAI formats). */
  readonly interleaveToolCalls?: boolean;
  readonly pieces?: Pieces;
}

export interface Pieces {
  /** Length of one piece of streamed content, in code points. */
  readonly codePoints?: number;
  /** Size of one write to the socket; a small one cuts inside of UTF-8 characters. Whole frames by default. */
  readonly writeBytes?: number;
}

/** `turn` counts the scripted answers of one vendor from 0. */
export type Script = (request: ReceivedRequest, turn: number) => VendorAnswer;

export const NO_USAGE: VendorUsage = { freshInput: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };

/** A script that gives one answer after the other and fails loudly when it is asked once more. */
export function dialog(...answers: readonly VendorAnswer[]): Script {
  return (_request, turn) => {
    const answer = answers[turn];
    if (answer === undefined) throw new Error(`the script has ${answers.length} answers and was asked for one more`);
    return answer;
  };
}

/** An answer that is only text. */
export function says(text: string, usage: Partial<VendorUsage> = {}): VendorAnswer {
  return { text, finish: 'stop', usage: { ...NO_USAGE, ...usage } };
}

const DEFAULT_CODE_POINTS = 7;

/** Text in the pieces in which the answer streams it; never cut inside of a code point. */
export function cut(text: string, pieces: Pieces | undefined): string[] {
  const size = pieces?.codePoints ?? DEFAULT_CODE_POINTS;
  const points = [...text];
  const result: string[] = [];
  for (let at = 0; at < points.length; at += size) result.push(points.slice(at, at + size).join(''));
  return result;
}
