import { asObject } from '../lib/json.ts';
import { type MockAnswer, renderFrames, renderJson } from './mock-answer.ts';
import type { MockCall } from './mock-call.ts';
import type { MockScript } from './mock-context.ts';
import { sampleFromSchema } from './mock-sample.ts';
import { data, END, JSON_HEAD, type MockStep, STREAM_HEAD, wait } from './mock-step.ts';

const SLOW_MS = 200;
const QUOTABLE = /^.{0,200}/su;
const JSON_PIECE = /.{1,64}/gsu;

/** Scripts that answer well. */
export const REPLY_SCRIPTS: readonly MockScript[] = [
  { form: 'mock-echo', play: ({ call }) => reply(call, echo(call)) },
  { form: 'mock-fast', play: ({ call }) => reply(call, text(`Hello from ${call.model}.`)) },
  { form: 'mock-json', play: ({ call }) => reply(call, text(jsonText(call))) },
  { form: 'mock-tools', play: ({ call }) => reply(call, toolAnswer(call)) },
  { form: 'mock-slow', play: ({ call }) => slowly(reply(call, echo(call)), SLOW_MS) },
  { form: 'mock-slow-<ms>', play: ({ call, numbers: [ms = SLOW_MS] }) => slowly(reply(call, echo(call)), ms) },
];

/** Names itself and says what it heard. */
export function echo(call: MockCall): MockAnswer {
  const heard = call.question.trim() === '' ? '' : ` You said: "${quote(call.question)}".`;
  return text(
    `This is ${call.model}, built in and without a key.${heard} Set a provider's API key to reach a real model.`,
  );
}

/** A good answer, whole or streamed as the call asks for it. */
export function reply(call: MockCall, answer: MockAnswer): readonly MockStep[] {
  return [headOf(call), ...bodyOf(call, answer), END];
}

export function headOf(call: MockCall): MockStep {
  return call.isStream ? STREAM_HEAD : JSON_HEAD;
}

/** The pieces of an answer: the frames of a stream, or the text of a whole answer in pieces. */
export function bodyOf(call: MockCall, answer: MockAnswer): readonly MockStep[] {
  const texts = call.isStream ? renderFrames(call, answer) : (renderJson(call, answer).match(JSON_PIECE) ?? []);
  return texts.map(data);
}

function slowly(steps: readonly MockStep[], ms: number): readonly MockStep[] {
  return steps.flatMap((step): readonly MockStep[] => (step.kind === 'data' ? [wait(ms), step] : [step]));
}

function text(content: string): MockAnswer {
  return { kind: 'text', text: content };
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
