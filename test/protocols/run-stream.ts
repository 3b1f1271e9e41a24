import type { ChatStreamEvent } from '../../src/canonical/chat.ts';
import type { Usage } from '../../src/canonical/usage.ts';
import { RouterError } from '../../src/errors/router-error.ts';
import { readSseFrames, SseFramer } from '../../src/lib/sse.ts';
import type { StreamDecoder, StreamEncoder, StreamTap } from '../../src/protocols/protocol.ts';

export interface Outcome {
  readonly output: string;
  /** Code of the error that ended the stream. */
  readonly error: string | undefined;
}

/** What the model said, whatever the events were cut into. */
export interface Summary {
  readonly choices: readonly ChoiceSummary[];
  readonly usage: Usage | undefined;
  readonly error: string | undefined;
}

export interface ChoiceSummary {
  text: string;
  refusal: string;
  reasoning: string;
  toolCalls: { id: string; name: string; arguments: string }[];
  finishReason: string | undefined;
}

/** The chunks that one cut at each of `points` makes. */
export function cutAt(bytes: Buffer, points: readonly number[]): Buffer[] {
  const starts = [
    0,
    ...[...new Set(points)].filter((point) => point > 0 && point < bytes.length).sort((a, b) => a - b),
  ];
  return starts.map((start, index) => bytes.subarray(start, starts[index + 1] ?? bytes.length));
}

function codeOf(thrown: unknown): string {
  if (thrown instanceof RouterError) return thrown.code;
  throw thrown;
}

/** Feeds `chunks` as a connection would and calls `push` with whole frames, `end` at the end. */
function feed(chunks: readonly Buffer[], push: (frames: Buffer) => void, end: () => void): string | undefined {
  const framer = new SseFramer();
  try {
    for (const chunk of chunks) {
      const frames = framer.push(chunk);
      if (frames !== undefined) push(frames);
    }
    const rest = framer.takePending();
    if (rest !== undefined) push(rest);
    end();
    return undefined;
  } catch (thrown) {
    return codeOf(thrown);
  }
}

export function decodeStream(
  chunks: readonly Buffer[],
  decoder: StreamDecoder,
): { events: ChatStreamEvent[]; error?: string } {
  const events: ChatStreamEvent[] = [];
  const error = feed(
    chunks,
    (frames) => {
      for (const frame of readSseFrames(frames)) events.push(...decoder.push(frame));
    },
    () => events.push(...decoder.end()),
  );
  return error === undefined ? { events } : { events, error };
}

export function tapStream(chunks: readonly Buffer[], tap: StreamTap): Outcome {
  const output: Buffer[] = [];
  const error = feed(
    chunks,
    (frames) => {
      try {
        output.push(tap.push(frames) ?? Buffer.alloc(0));
      } catch (thrown) {
        output.push(tap.goodPrefix ?? Buffer.alloc(0));
        throw thrown;
      }
    },
    () => output.push(Buffer.from(tap.end())),
  );
  return { output: Buffer.concat(output).toString(), error };
}

export function encodeEvents(events: readonly ChatStreamEvent[], encoder: StreamEncoder): string {
  return events.map((event) => encoder.push(event)).join('');
}

/** Throws where the events break the rules: blocks open once, in order, speak only while open, and all close. */
export function summarize(events: readonly ChatStreamEvent[], error?: string): Summary {
  const reader = new EventReader();
  for (const event of events) reader.read(event);
  if (error === undefined) reader.checkEnd();
  return { choices: reader.choices, usage: reader.usage, error };
}

const MEMBERS = { 'text-start': 'text', 'refusal-start': 'refusal', 'reasoning-start': 'reasoning' } as const;

class EventReader {
  readonly choices: ChoiceSummary[] = [];
  usage: Usage | undefined;
  #started = false;
  #ended = false;
  #nextBlock = 0;
  readonly #open = new Map<number, (text: string) => void>();

  read(event: ChatStreamEvent): void {
    if (this.#ended) throw new Error(`${event.type} after the end`);
    if (this.#started !== (event.type !== 'response-start')) throw new Error(`${event.type} at the wrong place`);
    if (event.type === 'response-start') this.#started = true;
    else if (event.type === 'response-end') this.#end(event.usage);
    else if (event.type === 'choice-end') this.#choice(event.choice).finishReason = event.finishReason;
    else this.#readBlock(event);
  }

  checkEnd(): void {
    if (!this.#ended) throw new Error('no response-end');
    if (this.#open.size > 0) throw new Error('blocks left open');
    if (this.choices.some((choice) => choice.finishReason === undefined)) throw new Error('a choice without end');
  }

  #end(usage: Usage | undefined): void {
    this.#ended = true;
    this.usage = usage;
  }

  #readBlock(event: Extract<ChatStreamEvent, { readonly block: number }>): void {
    if ('choice' in event) this.#openBlock(event);
    else if (event.type === 'citation') this.#checkOpen(event.block);
    else if ('text' in event) this.#write(event.block, event.text);
    else if ('arguments' in event) this.#write(event.block, event.arguments);
    else if (!this.#open.delete(event.block)) throw new Error(`block ${event.block} was not open`);
  }

  #openBlock(event: Extract<ChatStreamEvent, { readonly block: number; readonly choice: number }>): void {
    if (event.block !== this.#nextBlock) throw new Error(`block ${event.block} out of order`);
    this.#nextBlock += 1;
    const choice = this.#choice(event.choice);
    if (event.type === 'tool-call-start') {
      const call = { id: event.id, name: event.name, arguments: '' };
      choice.toolCalls.push(call);
      this.#open.set(event.block, (text) => {
        call.arguments += text;
      });
      return;
    }
    if (event.type === 'media') return;
    const member = MEMBERS[event.type];
    this.#open.set(event.block, (text) => {
      choice[member] += text;
    });
  }

  #write(block: number, text: string): void {
    const write = this.#open.get(block);
    if (write === undefined || text === '') throw new Error(`nothing, or not open: block ${block}`);
    write(text);
  }

  #checkOpen(block: number): void {
    if (!this.#open.has(block)) throw new Error(`block ${block} is not open`);
  }

  #choice(index: number): ChoiceSummary {
    const known = this.choices[index];
    if (known !== undefined) return known;
    const choice: ChoiceSummary = { text: '', refusal: '', reasoning: '', toolCalls: [], finishReason: undefined };
    this.choices[index] = choice;
    return choice;
  }
}
