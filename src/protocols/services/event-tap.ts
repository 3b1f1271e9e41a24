import type { Usage } from '../../canonical/usage.ts';
import { RouterError } from '../../errors/router-error.ts';
import { asObject, asString, isJsonObject, type JsonObject, parseJson } from '../../lib/json.ts';
import { readSseFrames, type SseFrame, splitSseFrames } from '../../lib/sse.ts';
import type { StreamTap } from '../protocol.ts';
import { badAnswer } from '../read-answer.ts';
import { readServiceUsage } from './service-usage.ts';

/** Where the events of OpenAI's services end: `transcript.text.done`, `speech.audio.done`, `image_edit.completed`. */
const LAST_EVENT = /(^|\.)(done|completed)$/;

/**
 * Watches the events of a transcription, a picture or a voice on their way through. Every event counts as content; an
 * error among them is thrown.
 */
export class ServiceEventTap implements StreamTap {
  sawContent = false;
  isComplete = false;
  usage: Usage | undefined;
  readonly finishReason = undefined;
  goodPrefix: Buffer | undefined;
  #isAtEnd = false;

  push(frames: Buffer): Buffer {
    const good: Buffer[] = [];
    for (const part of splitSseFrames(frames)) {
      try {
        for (const frame of readSseFrames(part)) this.#read(frame);
      } catch (thrown) {
        this.goodPrefix = good.length === 0 ? undefined : Buffer.concat(good);
        throw thrown;
      }
      good.push(part);
    }
    return frames;
  }

  end(): string {
    if (!this.sawContent) throw badAnswer('the stream ended without any event');
    if (!this.#isAtEnd)
      throw new RouterError('upstream.truncated', { detail: 'the stream ended without its last event' });
    return '';
  }

  #read({ event, data }: SseFrame): void {
    if (data === '[DONE]') {
      this.#isAtEnd = true;
      return;
    }
    const parsed = parseJson(data);
    const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
    if (event === 'error' || value?.['type'] === 'error' || isJsonObject(value?.['error'])) throw failed(value, data);
    if (value === undefined) return;
    this.sawContent = true;
    this.usage = readServiceUsage(value) ?? this.usage;
    const type = asString(value['type']) ?? event ?? '';
    if (LAST_EVENT.test(type) || value['usage'] !== undefined) this.#isAtEnd = true;
  }
}

function failed(value: JsonObject | undefined, data: string): RouterError {
  const words = asString(asObject(value?.['error'])['message']) ?? asString(value?.['message']) ?? data;
  return new RouterError('upstream.failed', { detail: `error in the stream: ${words.slice(0, 200)}` });
}
