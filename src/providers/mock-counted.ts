import type { MockContext, MockScript } from './mock-context.ts';
import { echo, reply } from './mock-replies.ts';
import { errorReply } from './mock-statuses.ts';
import type { MockStep } from './mock-step.ts';

const HUNDRED = 100;

/** Scripts that do not answer every call in the same way. They count calls and throw no dice, so that drills repeat. */
export const COUNTED_SCRIPTS: readonly MockScript[] = [
  { form: 'fault-flaky-<percent>', play: flaky },
  { form: 'fault-limited-<n>-per-<s>', play: limited },
  { form: 'fault-down-for-<n>-calls', play: down },
];

/** So many of every hundred calls fail, spread evenly. */
function flaky(context: MockContext): readonly MockStep[] {
  const [percent = 0] = context.numbers;
  const tally = context.tally();
  const failuresBy = (calls: number): number => Math.floor((calls * percent) / HUNDRED);
  tally.calls += 1;
  return failuresBy(tally.calls) > failuresBy(tally.calls - 1) ? unavailable(context) : good(context);
}

function down(context: MockContext): readonly MockStep[] {
  const [count = 0] = context.numbers;
  const tally = context.tally();
  tally.calls += 1;
  return tally.calls <= count ? unavailable(context) : good(context);
}

/** A limit of calls in each window of time, which begins with the first call after the one before it has ended. */
function limited(context: MockContext): readonly MockStep[] {
  const [count = 0, seconds = 0] = context.numbers;
  const tally = context.tally();
  const windowMs = seconds * 1000;
  if (context.now - tally.windowStartedAt >= windowMs) {
    tally.windowStartedAt = context.now;
    tally.windowCalls = 0;
  }
  if (tally.windowCalls < count) {
    tally.windowCalls += 1;
    return good(context);
  }
  const leftMs = Math.ceil(tally.windowStartedAt + windowMs - context.now);
  const headers = { 'retry-after': String(Math.ceil(leftMs / 1000)), 'retry-after-ms': String(leftMs) };
  return errorReply(429, `${context.call.model} takes ${count} calls in ${seconds} s.`, headers);
}

function unavailable({ call }: MockContext): readonly MockStep[] {
  return errorReply(503, `${call.model} is down for this call.`);
}

function good({ call }: MockContext): readonly MockStep[] {
  return reply(call, echo(call));
}
