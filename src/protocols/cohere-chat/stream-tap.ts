import type { ChatStreamEvent, FinishReason } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import { readSseFrames, splitSseFrames } from '../../lib/sse.ts';
import type { StreamTap } from '../protocol.ts';
import { CohereStreamDecoder } from './decode-stream.ts';

/** Events that are content; those that only open a block are not. */
const CONTENT: ReadonlySet<ChatStreamEvent['type']> = new Set(['text-delta', 'reasoning-delta', 'tool-call-start']);

/** No client speaks Cohere's format, so nothing has to be fast here: the tap decodes all that goes through. */
export class CohereStreamTap implements StreamTap {
  sawContent = false;
  isComplete = false;
  usage: Usage | undefined;
  finishReason: FinishReason | undefined;
  goodPrefix: Buffer | undefined;
  readonly #decoder = new CohereStreamDecoder();

  push(frames: Buffer): Buffer | undefined {
    if (this.isComplete) return undefined;
    const kept: Buffer[] = [];
    for (const part of splitSseFrames(frames)) {
      try {
        this.#read(part);
      } catch (thrown) {
        this.goodPrefix = joined(kept);
        throw thrown;
      }
      kept.push(part);
      if (this.isComplete) break;
    }
    return joined(kept);
  }

  end(): string {
    this.#decoder.end();
    return '';
  }

  #read(part: Buffer): void {
    for (const frame of readSseFrames(part)) {
      for (const event of this.#decoder.push(frame)) this.#note(event);
    }
  }

  #note(event: ChatStreamEvent): void {
    this.sawContent ||= CONTENT.has(event.type);
    if (event.type === 'choice-end') this.finishReason = event.finishReason;
    if (event.type !== 'response-end') return;
    this.usage = event.usage;
    this.isComplete = true;
  }
}

function joined(parts: readonly Buffer[]): Buffer | undefined {
  return parts.length === 0 ? undefined : Buffer.concat(parts);
}
