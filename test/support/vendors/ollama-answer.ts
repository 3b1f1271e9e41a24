import type { JsonObject } from '../../../src/lib/json.ts';
import { asPiece, type Frame, lineFrame } from './frames.ts';
import { CREATED_ISO } from './ids.ts';
import { abilitiesOf, ollamaError } from './ollama-request.ts';
import { RawJson } from './raw-json.ts';
import { retryHeaders } from './refusal.ts';
import { cut, type VendorAnswer, type VendorFinish, type VendorUsage } from './script.ts';
import type { AnswerRenderer } from './vendor-server.ts';

/** Answers of https://docs.ollama.com/api/chat and https://docs.ollama.com/api/generate */

/** Only a limit is told apart: calls end an answer like words. */
const DONE_REASONS: Readonly<Record<VendorFinish, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'stop',
  'content-filter': 'stop',
  'stop-sequence': 'stop',
};

type Members = Readonly<Record<string, unknown>>;

/** How the two endpoints wrap words, thoughts and calls. */
type Wrap = (part: { readonly content?: string; readonly thinking?: string; readonly tool_calls?: unknown }) => Members;

export const wrapChat: Wrap = ({ content = '', ...rest }) => ({ message: { role: 'assistant', content, ...rest } });
export const wrapGenerate: Wrap = ({ content = '', thinking }) => ({
  response: content,
  ...(thinking !== undefined && { thinking }),
});

export function ollamaRenderer(body: JsonObject, wrap: Wrap, newId: (prefix: string) => string): AnswerRenderer {
  const head = { model: body['model'], created_at: CREATED_ISO };
  const callsOf = ({ toolCalls = [] }: VendorAnswer): readonly Members[] =>
    toolCalls.map(({ name, arguments: text }, index) => ({
      id: newId('call_'),
      function: { index, name, arguments: new RawJson(text) },
    }));
  const chunk = (members: Members): Frame => asPiece(lineFrame({ ...head, ...members, done: false }));
  const end = (answer: VendorAnswer): Members => ({
    done: true,
    done_reason: DONE_REASONS[answer.finish],
    ...metricsOf(answer.usage),
  });
  return {
    contentType: 'application/x-ndjson',
    whole: (answer) => {
      const thinking = thoughtsOf(answer, body);
      const calls = callsOf(answer);
      const part = {
        content: wordsOf(answer),
        ...(thinking !== '' && { thinking }),
        ...(calls.length > 0 && { tool_calls: calls }),
      };
      return { ...head, ...wrap(part), ...end(answer) };
    },
    frames: (answer) => [
      ...cut(thoughtsOf(answer, body), answer.pieces).map((thinking) => chunk(wrap({ thinking }))),
      ...cut(wordsOf(answer), answer.pieces).map((content) => chunk(wrap({ content }))),
      ...callsOf(answer).map((call) => chunk(wrap({ tool_calls: [call] }))),
      lineFrame({ ...head, ...wrap({}), ...end(answer) }),
    ],
    error: (error) => ({ ...ollamaError(error.status, error.message), headers: retryHeaders(error) }),
    errorFrames: ({ message }) => [lineFrame({ error: message })],
  };
}

const wordsOf = ({ text, refusal }: VendorAnswer): string => text ?? refusal ?? '';

/** Models that can think do so unless told not to. */
function thoughtsOf({ reasoning }: VendorAnswer, { model, think }: JsonObject): string {
  const thinks = think !== false && abilitiesOf(String(model)).includes('thinking');
  return thinks ? (reasoning?.text ?? '') : '';
}

/** Times are in nanoseconds; counts of zero are left out. */
function metricsOf(usage: VendorUsage): Members {
  const prompt = usage.freshInput + usage.cacheRead + usage.cacheWrite;
  return {
    total_duration: 5_000_000_000,
    load_duration: 1_000_000_000,
    ...(prompt > 0 && { prompt_eval_count: prompt }),
    prompt_eval_duration: 1_000_000_000,
    ...(usage.output > 0 && { eval_count: usage.output }),
    eval_duration: 3_000_000_000,
  };
}
