import { createId } from '../lib/ids.ts';
import {
  type AnswerFrame,
  closingChunks,
  completion,
  END,
  embeddingList,
  errorBody,
  errorEvent,
  openingChunk,
  STREAM_HEAD,
  textChunk,
  wholeAnswer,
} from './transformers-answer.ts';
import type { ChatCall, EmbeddingCall } from './transformers-call.ts';
import type { LocalFailure } from './transformers-failure.ts';
import type { GenerationGate } from './transformers-gate.ts';
import type { LocalJob } from './transformers-host.ts';
import type { LocalWork, ThreadReply } from './transformers-messages.ts';
import type { ReplyValve } from './transformers-valve.ts';

export interface JobOptions {
  readonly valve: ReplyValve;
  readonly gate: GenerationGate;
  readonly idleUnloadMs: number;
}

/** Puts what the thread says of a chat into the words of the wire. */
export class ChatJob implements LocalJob {
  readonly work: LocalWork;
  readonly gate: GenerationGate;
  readonly idleUnloadMs: number;
  readonly #valve: ReplyValve;
  readonly #call: ChatCall;
  readonly #frame: AnswerFrame;
  #text = '';
  #hasHead = false;

  constructor(call: ChatCall, { valve, gate, idleUnloadMs }: JobOptions) {
    this.work = call.work;
    this.gate = gate;
    this.idleUnloadMs = idleUnloadMs;
    this.#valve = valve;
    this.#call = call;
    this.#frame = { id: `chatcmpl-${createId()}`, model: call.model, createdAt: Math.floor(Date.now() / 1000) };
  }

  onReply(reply: ThreadReply): void {
    switch (reply.kind) {
      case 'started':
        this.#open();
        break;
      case 'text':
        this.#add(reply.text);
        break;
      case 'finished':
        this.#finish(reply);
        break;
      case 'failed':
        this.#fail(reply.failure);
        break;
      case 'embedded':
        this.onLost(new Error('the thread of the model answered a chat with numbers'));
        break;
      default:
        reply satisfies never;
    }
  }

  onLost(error: Error): void {
    this.#valve.push({ kind: 'broken', error });
  }

  #open(): void {
    if (!this.#call.isStream) return;
    this.#hasHead = true;
    this.#valve.push(STREAM_HEAD, openingChunk(this.#frame));
  }

  #add(text: string): void {
    if (this.#call.isStream) this.#valve.push(textChunk(this.#frame, text));
    else this.#text += text;
  }

  #finish(reply: ThreadReply & { readonly kind: 'finished' }): void {
    const steps = this.#call.isStream
      ? closingChunks(this.#frame, reply, this.#call.includesUsage)
      : wholeAnswer(200, completion(this.#frame, this.#text, reply));
    this.#valve.push(...steps);
  }

  #fail(failure: LocalFailure): void {
    if (this.#hasHead) this.#valve.push(errorEvent(failure), END);
    else this.#valve.push(...wholeAnswer(failure.status, errorBody(failure)));
  }
}

/** The same for texts that become numbers. */
export class EmbeddingJob implements LocalJob {
  readonly work: LocalWork;
  readonly gate: GenerationGate;
  readonly idleUnloadMs: number;
  readonly #valve: ReplyValve;
  readonly #call: EmbeddingCall;

  constructor(call: EmbeddingCall, { valve, gate, idleUnloadMs }: JobOptions) {
    this.work = call.work;
    this.gate = gate;
    this.idleUnloadMs = idleUnloadMs;
    this.#valve = valve;
    this.#call = call;
  }

  onReply(reply: ThreadReply): void {
    if (reply.kind === 'embedded') {
      const { model, isBase64 } = this.#call;
      this.#valve.push(...wholeAnswer(200, embeddingList(model, reply.vectors, reply.promptTokens, isBase64)));
    } else if (reply.kind === 'failed') {
      this.#valve.push(...wholeAnswer(reply.failure.status, errorBody(reply.failure)));
    }
  }

  onLost(error: Error): void {
    this.#valve.push({ kind: 'broken', error });
  }
}
