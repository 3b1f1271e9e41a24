import type { ModelEntry } from '../config/snapshot.ts';
import { asArray, asObject, asString, type JsonObject, parseJson } from '../lib/json.ts';
import type { Finding } from './doctor-finding.ts';
import type { TrialAnswer, TrialGateway } from './doctor-gateway.ts';

/** OpenAI's reasoning models take no smaller limit. */
export const ANSWER_TOKENS = 16;
/** Enough for a call without arguments. */
export const TOOL_TOKENS = 64;

/** One of the tiny questions. */
export interface DoctorQuestion {
  readonly check: 'answer' | 'stream' | 'tool';
  readonly body: JsonObject;
  /** What an answer without an error shows. */
  readonly judge: (answer: TrialAnswer, model: ModelEntry) => Finding;
}

const TOOL_NAME = 'ping';

const SAY_OK = { messages: [{ role: 'user', content: 'Say OK.' }], max_tokens: ANSWER_TOKENS };

export const ANSWER_QUESTION: DoctorQuestion = {
  check: 'answer',
  body: SAY_OK,
  judge: ({ record }, model) => ({
    check: 'answer',
    verdict: 'ok',
    detail: `${model.key} in ${Math.round(record.durationMs)} ms${tokensOf(record)}`,
  }),
};

export const STREAM_QUESTION: DoctorQuestion = {
  check: 'stream',
  body: { ...SAY_OK, stream: true },
  judge: ({ record }, model) => ({
    check: 'stream',
    verdict: 'ok',
    detail: `${model.key}, first content after ${Math.round(record.firstTokenMs ?? record.durationMs)} ms`,
  }),
};

export const TOOL_QUESTION: DoctorQuestion = {
  check: 'tool',
  body: {
    messages: [{ role: 'user', content: `Call the tool ${TOOL_NAME} now.` }],
    max_tokens: TOOL_TOKENS,
    tools: [
      {
        type: 'function',
        function: { name: TOOL_NAME, description: 'Answers pong.', parameters: { type: 'object', properties: {} } },
      },
    ],
  },
  judge: judgeToolCall,
};

/** Asks, and judges the answer; undefined, with the answer, where it is an error. */
export async function ask(
  gateway: TrialGateway,
  model: ModelEntry,
  question: DoctorQuestion,
): Promise<{ readonly answer: TrialAnswer; readonly finding: Finding | undefined }> {
  const answer = await gateway.ask(model, question.body);
  const isAnswered = answer.record.status === 'success';
  return { answer, finding: isAnswered ? question.judge(answer, model) : undefined };
}

function tokensOf({ usage }: TrialAnswer['record']): string {
  return usage === undefined ? '' : `, ${usage.inputTokens} + ${usage.outputTokens} tokens`;
}

function judgeToolCall({ body }: TrialAnswer, model: ModelEntry): Finding {
  const message = asObject(asObject(asArray(body['choices'])[0])['message']);
  const called = asObject(asObject(asArray(message['tool_calls'])[0])['function']);
  if (called['name'] === TOOL_NAME) {
    const isJson = parseJson(asString(called['arguments']) || '{}').ok;
    if (isJson) return { check: 'tool', verdict: 'ok', detail: `${model.key} called it` };
    return { check: 'tool', verdict: 'warning', detail: `${model.key} called it with arguments that are no JSON` };
  }
  return {
    check: 'tool',
    verdict: 'warning',
    detail: `${model.key} answered in words instead of calling the tool`,
    advice: 'ask again; if it stays so, write capabilities = { tools = false } for the model',
  };
}
