import { asArray, asObject, type JsonObject, parseJson } from '../lib/json.ts';
import { contentFrame, errorBody, frame, renderFrames, renderJson } from './mock-answer.ts';
import type { MockCall } from './mock-call.ts';
import type { MockContext, MockScript } from './mock-context.ts';
import { bodyOf, echo, headOf, reply } from './mock-replies.ts';
import { data, END, htmlAnswer, jsonAnswer, type MockStep, type MockSteps, RESET, wait } from './mock-step.ts';

/** Finish reason, usage and end marker. */
const CLOSING_FRAMES = 3;
const DRIP_LENGTH = 16;
const COMMENT_GAP_MS = 50;
const ENDLESS_GAP_MS = 10;
const DONE = 'data: [DONE]\n\n';
const BROKEN_JSON = '{"choices": [{"index": 0, "delta": {"content": "brok';

/** What comes after the good beginning of an answer that breaks. */
const BREAKS: Readonly<Record<string, (call: MockCall) => MockSteps>> = {
  reset: () => [RESET],
  cut: () => [END],
  stall: () => [],
  comments: (call) => comments(call),
  error: (call) => [data(frame(errorBody(`${call.model} breaks off.`, 'mock_broken'))), END],
  json: () => [data(`data: ${BROKEN_JSON}\n\n`), END],
  html: () => [data('<html><body>Bad gateway</body></html>\n\n'), END],
};

/** Scripts with status 200, or none, that are no good answer. */
export const FAULT_SCRIPTS: readonly MockScript[] = [
  { form: 'fault-reset', play: () => [RESET] },
  { form: 'fault-stall', play: () => [] },
  { form: 'fault-stall-before-token', play: ({ call }) => broken(call, 0, []) },
  { form: 'fault-comments', play: ({ call }) => joined([headOf(call)], comments(call)) },
  { form: 'fault-empty', play: ({ call }) => [headOf(call), END] },
  { form: 'fault-html', play: () => htmlAnswer(200) },
  { form: 'fault-json', play: ({ call }) => [headOf(call), data(inFrame(call, BROKEN_JSON)), END] },
  { form: 'fault-done-only', play: ({ call }) => [headOf(call), data(call.isStream ? DONE : '{}'), END] },
  { form: 'fault-error-in-200', play: () => jsonAnswer(200, errorBody('The mock is overloaded.', 'mock_error')) },
  { form: 'fault-error-first', play: ({ call }) => [headOf(call), data(inFrame(call, errorText())), END] },
  ...Object.entries(BREAKS).map(([name, ending]): MockScript => {
    const play = ({ call, numbers: [count = 0] }: MockContext): MockSteps => broken(call, count, ending(call));
    return { form: `fault-${name}-midstream-after-<n>`, play };
  }),
  { form: 'fault-no-usage', play: ({ call }) => edited(call, withoutUsage) },
  { form: 'fault-absurd-usage', play: ({ call }) => edited(call, withAbsurdUsage) },
  { form: 'fault-no-finish', play: ({ call }) => edited(call, withoutFinish) },
  { form: 'fault-no-done', play: ({ call }) => reply(call, echo(call)).filter((step) => !isDone(step)) },
  { form: 'fault-drip-<ms>', play: ({ call, numbers: [ms = 0] }) => dripping(reply(call, echo(call)), ms) },
  { form: 'fault-endless', play: ({ call }) => joined([headOf(call), ...openingOf(call)], endless(call)) },
];

/** The beginning of an echo with `count` pieces of content at most, without its end, then `ending`. */
function broken(call: MockCall, count: number, ending: MockSteps): MockSteps {
  const body = bodyOf(call, echo(call));
  const opening = call.isStream ? 1 : 0;
  const closing = call.isStream ? CLOSING_FRAMES : 1;
  return joined([headOf(call), ...body.slice(0, Math.min(opening + count, body.length - closing))], ending);
}

function* joined(beginning: MockSteps, rest: MockSteps): MockSteps {
  yield* beginning;
  yield* rest;
}

/** Signs of life without content: comments in a stream, blank lines before a whole answer. */
function* comments(call: MockCall): MockSteps {
  const sign = data(call.isStream ? ': keep-alive\n\n' : '\n');
  for (;;) {
    yield sign;
    yield wait(COMMENT_GAP_MS);
  }
}

function openingOf(call: MockCall): readonly MockStep[] {
  return call.isStream ? bodyOf(call, echo(call)).slice(0, 1) : [data('{"choices": [{"message": {"content": "')];
}

function* endless(call: MockCall): MockSteps {
  for (let count = 1; ; count += 1) {
    yield data(call.isStream ? contentFrame(call, ` ${count}`) : ` ${count}`);
    yield wait(ENDLESS_GAP_MS);
  }
}

/** Cuts everything into small pieces, which end anywhere, also inside of an event. */
function dripping(steps: readonly MockStep[], ms: number): readonly MockStep[] {
  return steps.flatMap((step): readonly MockStep[] => {
    if (step.kind !== 'data') return [step];
    const count = Math.ceil(step.text.length / DRIP_LENGTH);
    const pieces = Array.from({ length: count }, (_, at) => step.text.slice(at * DRIP_LENGTH, (at + 1) * DRIP_LENGTH));
    return pieces.flatMap((piece) => [data(piece), wait(ms)]);
  });
}

function isDone(step: MockStep): boolean {
  return step.kind === 'data' && step.text === DONE;
}

function inFrame(call: MockCall, text: string): string {
  return call.isStream ? `data: ${text}\n\n` : text;
}

function errorText(): string {
  return JSON.stringify(errorBody('The mock is overloaded.', 'mock_error'));
}

/** Undefined: that event is left out. */
type Edit = (event: JsonObject) => JsonObject | undefined;

/** A good answer whose events, or whose one body, have been edited. */
function edited(call: MockCall, edit: Edit): readonly MockStep[] {
  if (!call.isStream) return jsonAnswer(200, edit(objectIn(renderJson(call, echo(call)))) ?? {});
  const frames = renderFrames(call, echo(call)).flatMap((text) => {
    if (text === DONE) return [text];
    const event = edit(objectIn(text.slice('data: '.length)));
    return event === undefined ? [] : [frame(event)];
  });
  return [headOf(call), ...frames.map(data), END];
}

function objectIn(text: string): JsonObject {
  const parsed = parseJson(text);
  return asObject(parsed.ok ? parsed.value : undefined);
}

function withoutUsage({ usage, ...event }: JsonObject): JsonObject | undefined {
  return usage !== undefined && asArray(event['choices']).length === 0 ? undefined : event;
}

function withAbsurdUsage(event: JsonObject): JsonObject {
  if (event['usage'] === undefined) return event;
  return { ...event, usage: { prompt_tokens: -5, completion_tokens: 'many', total_tokens: 1e18 } };
}

function withoutFinish(event: JsonObject): JsonObject {
  const choices = asArray(event['choices']).map((choice) => ({ ...asObject(choice), finish_reason: null }));
  return { ...event, choices };
}
