import type { GenerationGate } from './transformers-gate.ts';
import type { ReplyControl, ReplyHandler } from './transport.ts';

/** One step of a reply in wire terms; `end` and `broken` come last. */
export type ReplyStep =
  | { readonly kind: 'head'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'data'; readonly text: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'broken'; readonly error: Error };

/** About 256 KB of a stream: most answers are shorter, and so a slow reader does not keep the model from others. */
const MAX_HELD_STEPS = 1024;

/** Gives a reply to its handler, step by step. A pause holds steps back; when they are many, the generation waits. */
export class ReplyValve implements ReplyControl {
  readonly #handler: ReplyHandler;
  readonly #gate: GenerationGate;
  readonly #held: ReplyStep[] = [];
  #isPaused = false;
  #isOver = false;
  #onAbort: (() => void) | undefined;

  constructor(handler: ReplyHandler, gate: GenerationGate) {
    this.#handler = handler;
    this.#gate = gate;
    handler.onStart(this);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What to do when the reader leaves. */
  onAbort(listener: () => void): void {
    this.#onAbort = listener;
  }

  push(...steps: readonly ReplyStep[]): void {
    this.#held.push(...steps);
    this.#flow();
    if (this.#held.length >= MAX_HELD_STEPS) this.#gate.shut();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#gate.open();
    this.#flow();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#gate.cancel();
    this.#onAbort?.();
  }

  #flow(): void {
    while (!this.#isPaused && !this.#isOver) {
      const step = this.#held.shift();
      if (step === undefined) return;
      this.#deliver(step);
    }
  }

  #deliver(step: ReplyStep): void {
    this.#isOver = step.kind === 'end' || step.kind === 'broken';
    switch (step.kind) {
      case 'head':
        this.#handler.onHead(step.status, step.headers);
        break;
      case 'data':
        this.#handler.onData(Buffer.from(step.text));
        break;
      case 'end':
        this.#handler.onEnd();
        break;
      case 'broken':
        this.#handler.onError(step.error);
        break;
      default:
        step satisfies never;
    }
  }
}
