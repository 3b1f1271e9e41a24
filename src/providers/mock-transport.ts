import { type Clock, systemClock } from '../lib/clock.ts';
import { readMockCall } from './mock-call.ts';
import { MockMemory } from './mock-memory.ts';
import { scriptedSteps } from './mock-script.ts';
import { errorReply } from './mock-statuses.ts';
import type { MockStep, MockSteps } from './mock-step.ts';
import type { ReplyControl, ReplyHandler, Transport, TransportRequest } from './transport.ts';

/** A transport without network that answers openai-chat requests from the scripts of `mock-script.ts`. */
export function openMockTransport(clock: Clock = systemClock): Transport {
  const memory = new MockMemory();
  return {
    send: (request, handler) => new MockExchange(stepsFor(request, memory, clock), handler).start(),
    close: () => Promise.resolve(),
  };
}

function stepsFor(request: TransportRequest, memory: MockMemory, clock: Clock): MockSteps {
  const call = readMockCall(request, Math.floor(clock.wallTime() / 1000));
  if (call === undefined) return errorReply(400, 'The mock needs a JSON object with messages.');
  const { key = call.model, config = {} } = request.model ?? {};
  return scriptedSteps({ call, key, config, memory, now: clock.now() });
}

/** Plays one reply, every step in its own turn of the event loop. No timer outlives the call. */
class MockExchange implements ReplyControl {
  readonly #steps: Iterator<MockStep>;
  readonly #handler: ReplyHandler;
  /** Taken from the script and not yet played, because somebody paused before it. */
  #next: MockStep | undefined;
  #isPaused = false;
  #isOver = false;
  #cancelNext: (() => void) | undefined;

  constructor(steps: MockSteps, handler: ReplyHandler) {
    this.#steps = steps[Symbol.iterator]();
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
    if (this.#isOver || this.#isPaused || this.#cancelNext !== undefined) return;
    this.#next ??= this.#take();
    const step = this.#next;
    if (step === undefined) return;
    const run = (): void => this.#play(step);
    if (step.kind === 'wait') {
      const timer = setTimeout(run, step.ms);
      this.#cancelNext = () => clearTimeout(timer);
    } else {
      const immediate = setImmediate(run);
      this.#cancelNext = () => clearImmediate(immediate);
    }
  }

  #take(): MockStep | undefined {
    const { done, value } = this.#steps.next();
    return done === true ? undefined : value;
  }

  #cancel(): void {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
  }

  #play(step: MockStep): void {
    this.#cancelNext = undefined;
    this.#next = undefined;
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
