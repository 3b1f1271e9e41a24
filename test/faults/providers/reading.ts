import { createParser } from 'eventsource-parser';
import type { FaultClient } from './clients.ts';

/** What the client has made of one answer. */
export interface Reading {
  readonly status: number;
  readonly headers: Headers;
  readonly raw: string;
  /** The body ended as HTTP wants it. */
  readonly hasProperEnd: boolean;
  readonly durationMs: number;
  readonly text: string;
  /** Codes of the error events. */
  readonly errors: readonly unknown[];
  /** Something of the answer, or its end, came behind an error event. */
  readonly goesOnAfterError: boolean;
  readonly hasStop: boolean;
  readonly hasEnd: boolean;
}

type Words = Pick<Reading, 'text' | 'errors' | 'goesOnAfterError' | 'hasStop' | 'hasEnd'>;

/** Reads an answer to its end; `onBytes` is told all that has come so far. */
export async function readAnswer(
  client: FaultClient,
  response: Response,
  startedAt: number,
  onBytes: (raw: string) => void,
): Promise<Reading> {
  const decoder = new TextDecoder();
  let raw = '';
  let hasProperEnd = true;
  try {
    for await (const chunk of response.body ?? []) {
      raw += decoder.decode(chunk as Uint8Array, { stream: true });
      onBytes(raw);
    }
  } catch {
    hasProperEnd = false;
  }
  const durationMs = performance.now() - startedAt;
  const isStream = response.headers.get('content-type')?.includes('event-stream') === true;
  const words = isStream ? readStream(client, raw) : wholeWords(client, response.status, raw);
  return { status: response.status, headers: response.headers, raw, hasProperEnd, durationMs, ...words };
}

/** The words in the events of a stream. */
export function readStream(client: FaultClient, raw: string): Words {
  let text = '';
  const errors: unknown[] = [];
  let goesOnAfterError = false;
  let hasStop = false;
  let hasEnd = false;
  const parser = createParser({
    onEvent: ({ event, data }) => {
      const words = client.readEvent({ name: event, data });
      if (errors.length > 0) goesOnAfterError = true;
      text += words.text ?? '';
      if ('error' in words) errors.push(words.error);
      hasStop ||= words.isStop === true;
      hasEnd ||= words.isEnd === true;
    },
  });
  // A carriage return at the very end may be half of a line ending.
  parser.feed(`${raw}\n`);
  return { text, errors, goesOnAfterError, hasStop, hasEnd };
}

function wholeWords(client: FaultClient, status: number, raw: string): Words {
  const nothing = { goesOnAfterError: false, hasStop: false, hasEnd: false };
  try {
    const body = JSON.parse(raw);
    if (status !== 200) return { ...nothing, text: '', errors: [client.errorCode(body)] };
    return { ...nothing, text: client.readWhole(body), errors: [] };
  } catch {
    return { ...nothing, text: `unreadable: ${raw.slice(0, 200)}`, errors: [] };
  }
}
