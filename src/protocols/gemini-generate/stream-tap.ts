import type { FinishReason } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import { type JsonValue, parseJson } from '../../lib/json.ts';
import { readSseFrames, splitSseFrames } from '../../lib/sse.ts';
import type { StreamTap } from '../protocol.ts';
import { isCall } from './decode-response.ts';
import { decodeFinishReason } from './finish.ts';
import { camelMembers } from './members.ts';
import { isBlocked, readCandidates, type WireCandidate } from './read-answer.ts';
import { readChunk, truncatedStream } from './read-chunk.ts';
import { decodeUsage } from './usage.ts';

/**
 * Whatever the tap has to know of, once content has been seen. The quotes of these names cannot occur within a JSON
 * string, where they are escaped.
 */
const NOTABLE = /"error"|"finish_?[rR]eason"|"block_?[rR]eason"|"function_?[cC]all"/;

/** Whole events of one line each, in the two line endings that servers send. */
const PLAIN_FRAMES = /^(?:data: ?\{[^\r\n]*\}(?:\n\n|\r\n\r\n))+$/;

/**
 * Looks into a stream that goes through: into every frame before the first content, then only where it has to. Every
 * frame repeats the usage so far, so only the last one's is read, and only when somebody asks.
 */
export class GeminiStreamTap implements StreamTap {
  sawContent = false;
  isComplete = false;
  finishReason: FinishReason | undefined;
  goodPrefix: Buffer | undefined;
  #usage: Usage | undefined;
  /** Frames that have not been looked into for their usage. */
  #unread: Buffer | undefined;
  #hasCalls = false;
  /** Candidates by whether they have ended. */
  readonly #ended = new Map<number, boolean>();

  get usage(): Usage | undefined {
    const unread = this.#unread;
    this.#unread = undefined;
    for (const { data } of unread === undefined ? [] : readSseFrames(unread)) {
      const parsed = parseJson(data);
      if (parsed.ok) this.#noteUsage(parsed.value);
    }
    return this.#usage;
  }

  push(frames: Buffer): Buffer | undefined {
    if (this.isComplete) return undefined;
    if (this.sawContent && isUnremarkable(frames.toString('latin1'))) {
      this.#unread = frames;
      return frames;
    }
    this.#inspect(frames);
    return frames;
  }

  end(): string {
    if (this.isComplete) return '';
    const ended = [...this.#ended.values()];
    if (ended.length === 0 || !ended.every(Boolean)) throw truncatedStream();
    this.isComplete = true;
    return '';
  }

  #inspect(frames: Buffer): void {
    let good = 0;
    for (const part of splitSseFrames(frames)) {
      try {
        this.#read(part);
      } catch (thrown) {
        this.goodPrefix = good === 0 ? undefined : frames.subarray(0, good);
        throw thrown;
      }
      good += part.length;
    }
  }

  #read(part: Buffer): void {
    const [frame] = readSseFrames(part);
    const chunk = frame === undefined ? undefined : readChunk(frame);
    if (chunk === undefined) return;
    const members = camelMembers(chunk);
    this.#noteUsage(members);
    for (const candidate of readCandidates(members)) this.#readCandidate(candidate);
    if (!isBlocked(members)) return;
    this.#ended.set(0, true);
    this.finishReason ??= 'content-filter';
  }

  #noteUsage(chunk: JsonValue): void {
    const usage = decodeUsage(camelMembers(chunk)['usageMetadata']);
    if (usage === undefined) return;
    this.#usage = usage;
    this.#unread = undefined;
  }

  #readCandidate({ index, parts, finishReason }: WireCandidate): void {
    this.sawContent ||= parts.some(saysSomething);
    this.#hasCalls ||= parts.some(isCall);
    this.#ended.set(index, finishReason !== '' || this.#ended.get(index) === true);
    if (finishReason !== '') this.finishReason ??= decodeFinishReason(finishReason, this.#hasCalls);
  }
}

/** A seal alone, or the word that a thought begins, is no content yet. */
function saysSomething(part: JsonValue): boolean {
  const { thought: _, thoughtSignature: __, ...content } = camelMembers(part);
  return Object.values(content).some((value) => value !== '');
}

/** `text` has one character a byte. */
function isUnremarkable(text: string): boolean {
  return !NOTABLE.test(text) && PLAIN_FRAMES.test(text);
}
