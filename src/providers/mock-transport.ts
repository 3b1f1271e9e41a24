import { type Clock, systemClock } from '../lib/clock.ts';
import { readMockCall } from './mock-call.ts';
import { errorReply, type MockStep, scriptedSteps } from './mock-script.ts';
import type { ReplyControl, ReplyHandler, Transport, TransportRequest } from './transport.ts';

/** A transport without network that answers openai-chat requests from `mock-script.ts`. */
export function openMockTransport(clock: Clock = systemClock): Transport {
  return {
    send: (request, handler) => new MockExchange(stepsFor(request, clock), handler).start(),
    close: () => Promise.resolve(),
  };
}

function stepsFor(request: TransportRequest, clock: Clock): readonly MockStep[] {
  const call = readMockCall(request, Math.floor(clock.wallTime() / 1000));
  return call === undefined ? errorReply(400, 'The mock needs a JSON object with messages.') : scriptedSteps(call);
}

/** Plays one reply, every step in its own turn of the event loop. No timer outlives the call. */
class MockExchange implements ReplyControl {
  readonly #steps: readonly MockStep[];
  readonly #handler: ReplyHandler;
  #position = 0;
  #isPaused = false;
  #isOver = false;
  #cancelNext: (() => void) | undefined;

  constructor(steps: readonly MockStep[], handler: ReplyHandler) {
    this.#steps = steps;
    this.#handler = handler;
  }

  start(): void {
    this.#handler.onStart(this);
    this.#schedule();
  }

  pause(): void {
    this.#isPaused = true;
    this.#cancel();
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  abort(): void {
    this.#isOver = true;
    this.#cancel();
  }

  #schedule(): void {
    const step = this.#steps[this.#position];
    if (this.#isOver || this.#isPaused || this.#cancelNext !== undefined || step === undefined) return;
    const run = (): void => this.#play(step);
    if (step.kind === 'wait') {
      const timer = setTimeout(run, step.ms);
      this.#cancelNext = () => clearTimeout(timer);
    } else {
      const immediate = setImmediate(run);
      this.#cancelNext = () => clearImmediate(immediate);
    }
  }

  #cancel(): void {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
  }

  #play(step: MockStep): void {
    this.#cancelNext = undefined;
    this.#position += 1;
    this.#deliver(step);
    this.#schedule();
  }

  #deliver(step: MockStep): void {
    this.#isOver = step.kind === 'end' || step.kind === 'reset';
    if (step.kind === 'head') this.#handler.onHead(step.status, step.headers);
    else if (step.kind === 'data') this.#handler.onData(Buffer.from(step.text));
    else if (step.kind === 'end') this.#handler.onEnd();
    else if (step.kind === 'reset') this.#handler.onError(new Error('connection reset by the mock'));
  }
}
