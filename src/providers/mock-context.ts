import type { MockCall } from './mock-call.ts';
import type { MockTally } from './mock-memory.ts';
import type { MockSteps } from './mock-step.ts';

/** One call as a script sees it. */
export interface MockContext {
  readonly call: MockCall;
  /** The numbers in the script's name, in order. */
  readonly numbers: readonly number[];
  /** Made only for scripts that ask for it. */
  readonly tally: () => MockTally;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** One behaviour of the mock. */
export interface MockScript {
  /** Its name; `<…>` stands for a number, and what stands in the brackets says which (see `NUMBERS`). */
  readonly form: string;
  readonly play: (context: MockContext) => MockSteps;
}

/** What may stand for each placeholder of a form. */
export const NUMBERS: Readonly<Record<string, string>> = {
  n: '\\d{1,5}',
  ms: '\\d{1,5}',
  s: '\\d{1,5}',
  percent: '100|\\d{1,2}',
  status: '[45]\\d\\d',
};
