import { asObject } from '../lib/json.ts';
import { errorBody, frame, type MockAnswer, renderFrames, renderJson } from './mock-answer.ts';
import type { MockCall } from './mock-call.ts';
import { sampleFromSchema } from './mock-sample.ts';

/** A reply is played step by step. One that has neither `end` nor `reset` stalls until it is aborted. */
export type MockStep =
  | { readonly kind: 'head'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: 'data'; readonly text: string }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'reset' };

interface MockScript {
  /** Matches the upstream model name; its group, if any, is the number given to `play`. */
  readonly name: RegExp;
  readonly play: (call: MockCall, number: number | undefined) => readonly MockStep[];
}

const END: MockStep = { kind: 'end' };
const RESET: MockStep = { kind: 'reset' };
const JSON_HEAD: MockStep = { kind: 'head', status: 200, headers: { 'content-type': 'application/json' } };
const HTML_HEAD: MockStep = { kind: 'head', status: 200, headers: { 'content-type': 'text/html' } };
const STREAM_HEAD: MockStep = { kind: 'head', status: 200, headers: { 'content-type': 'text/event-stream' } };

/** Finish reason, usage and end marker. */
const CLOSING_FRAMES = 3;
const SLOW_MS = 200;
const QUOTABLE = /^.{0,200}/su;
const JSON_PIECE = /.{1,64}/gsu;

/** The first match plays; names that match nothing echo. `<n>` counts pieces of content. */
const SCRIPTS: readonly MockScript[] = [
  { name: /^mock-fast$/, play: (call) => reply(call, text(`Hello from ${call.model}.`)) },
  { name: /^mock-json$/, play: (call) => reply(call, text(jsonText(call))) },
  { name: /^mock-tools$/, play: (call) => reply(call, toolAnswer(call)) },
  { name: /^mock-slow(?:-(\d{1,5}))?$/, play: (call, ms = SLOW_MS) => slowly(reply(call, echo(call)), ms) },
  { name: /^fault-status-([45]\d\d)$/, play: (call, status = 500) => failure(call, status) },
  { name: /^fault-empty$/, play: () => [JSON_HEAD, END] },
  { name: /^fault-html$/, play: () => [HTML_HEAD, { kind: 'data', text: '<html>Bad gateway</html>' }, END] },
  { name: /^fault-reset$/, play: () => [RESET] },
  { name: /^fault-reset-midstream-after-(\d{1,5})$/, play: (call, count) => broken(call, count, [RESET]) },
  { name: /^fault-cut-midstream-after-(\d{1,5})$/, play: (call, count) => broken(call, count, [END]) },
  { name: /^fault-error-midstream-after-(\d{1,5})$/, play: (call, count) => broken(call, count, errorEvent(call)) },
  { name: /^fault-stall-midstream-after-(\d{1,5})$/, play: (call, count) => broken(call, count, []) },
  { name: /^fault-stall$/, play: () => [] },
  { name: /^fault-/, play: (call) => errorReply(404, `The mock has no script named ${call.model}.`) },
  { name: /^/, play: (call) => reply(call, echo(call)) },
];

/** The steps of the script that the model's name chooses. */
export function scriptedSteps(call: MockCall): readonly MockStep[] {
  for (const script of SCRIPTS) {
    const match = script.name.exec(call.model);
    if (match !== null) return script.play(call, match[1] === undefined ? undefined : Number(match[1]));
  }
  return [];
}

/** An error answer in the openai-chat format; one of status 429 says when to come back. */
export function errorReply(status: number, message: string): readonly MockStep[] {
  const retry = status === 429 ? { 'retry-after': '1' } : {};
  const headers = { 'content-type': 'application/json', ...retry };
  return [
    { kind: 'head', status, headers },
    { kind: 'data', text: JSON.stringify(errorBody(message, `mock_${status}`)) },
    END,
  ];
}

function failure(call: MockCall, status: number): readonly MockStep[] {
  return errorReply(status, `${call.model} always answers with status ${status}.`);
}

function reply(call: MockCall, answer: MockAnswer): readonly MockStep[] {
  return [headOf(call), ...bodyOf(call, answer), END];
}

/** The beginning of an echo with `count` pieces of content at most, without its end, then `ending`. */
function broken(call: MockCall, count = 0, ending: readonly MockStep[]): readonly MockStep[] {
  const body = bodyOf(call, echo(call));
  const opening = call.isStream ? 1 : 0;
  const closing = call.isStream ? CLOSING_FRAMES : 1;
  return [headOf(call), ...body.slice(0, Math.min(opening + count, body.length - closing)), ...ending];
}

function headOf(call: MockCall): MockStep {
  return call.isStream ? STREAM_HEAD : JSON_HEAD;
}

function bodyOf(call: MockCall, answer: MockAnswer): readonly MockStep[] {
  const texts = call.isStream ? renderFrames(call, answer) : (renderJson(call, answer).match(JSON_PIECE) ?? []);
  return texts.map((piece) => ({ kind: 'data', text: piece }));
}

function slowly(steps: readonly MockStep[], ms: number): readonly MockStep[] {
  const wait: MockStep = { kind: 'wait', ms };
  return steps.flatMap((step): readonly MockStep[] => (step.kind === 'data' ? [wait, step] : [step]));
}

function errorEvent(call: MockCall): readonly MockStep[] {
  return [{ kind: 'data', text: frame(errorBody(`${call.model} breaks off.`, 'mock_broken')) }, END];
}

function text(content: string): MockAnswer {
  return { kind: 'text', text: content };
}

function echo(call: MockCall): MockAnswer {
  const heard = call.question.trim() === '' ? '' : ` You said: "${quote(call.question)}".`;
  return text(
    `This is ${call.model}, built in and without a key.${heard} Set a provider's API key to reach a real model.`,
  );
}

function quote(words: string): string {
  const whole = words.trim();
  const [start = ''] = QUOTABLE.exec(whole) ?? [];
  return start.length < whole.length ? `${start}…` : whole;
}

function jsonText(call: MockCall): string {
  const schema = call.answerSchema;
  const value =
    schema === undefined
      ? { model: call.model, question: quote(call.question) }
      : sampleFromSchema(schema, quote(call.question));
  return JSON.stringify(value);
}

function toolAnswer(call: MockCall): MockAnswer {
  if (call.toolResult !== undefined) return text(`The tool answered: ${quote(call.toolResult)}`);
  const name = call.tool?.['name'];
  if (typeof name !== 'string') return text(`${call.model} calls the first tool of a request, and this one has none.`);
  const schema = { type: 'object', ...asObject(call.tool?.['parameters']) };
  return { kind: 'tool-call', name, arguments: JSON.stringify(sampleFromSchema(schema, quote(call.question))) };
}
