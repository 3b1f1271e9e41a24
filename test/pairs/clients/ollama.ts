import { asArray, asObject, asString, type JsonObject, type JsonValue } from '../../../src/lib/json.ts';
import { WEATHER_SCHEMA } from '../../support/vendors/samples.ts';
import {
  type Ask,
  type Client,
  type Conversation,
  type Feature,
  type Observation,
  type ObservedCall,
  type Question,
  type ToolOutput,
  WEATHER,
} from '../client.ts';

const LACKS: readonly Feature[] = ['image-in-result', 'error-in-result', 'tool-choice', 'stop-sequence-named'];

/** Ollama's API by `fetch`: what its own packages send and read. */
export const ollamaClient: Client = {
  name: 'ollama /api/chat',
  vendor: 'ollama',
  providerInPath: false,
  lacks: new Set(LACKS),
  begin: (question) => new ChatConversation(question),
  describeError: (thrown) => ({
    name: thrown instanceof Error ? thrown.constructor.name : typeof thrown,
    status: thrown instanceof OllamaError ? thrown.status : undefined,
  }),
};

class OllamaError extends Error {
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

class ChatConversation implements Conversation {
  readonly #body: JsonObject;
  readonly #messages: JsonObject[];
  #calls: readonly JsonObject[] = [];

  constructor(question: Question) {
    this.#body = bodyOf(question);
    this.#messages = firstMessages(question);
  }

  async next(ask: Ask): Promise<Observation> {
    const body = { ...this.#body, model: ask.target.model, messages: this.#messages, stream: ask.stream };
    const lines = await chat(body, ask);
    const last = lines.at(-1);
    if (last?.['done'] !== true) throw new OllamaError('the answer ended early');
    const messages = lines.map(({ message }) => asObject(message));
    const join = (member: string): string => messages.map((message) => asString(message[member]) ?? '').join('');
    const content = join('content');
    const thinking = join('thinking');
    this.#calls = messages.flatMap(({ tool_calls }) => asArray(tool_calls).map(asObject));
    this.#messages.push({
      role: 'assistant',
      content,
      ...(thinking !== '' && { thinking }),
      ...(this.#calls.length > 0 && { tool_calls: [...this.#calls] }),
    });
    return {
      text: content,
      reasoning: thinking,
      toolCalls: this.#calls.map(callOf),
      finish: asString(last['done_reason']),
      usage: { input: countOf(last['prompt_eval_count']), output: countOf(last['eval_count']) },
    };
  }

  give(outputs: readonly ToolOutput[]): void {
    for (const [index, { text }] of outputs.entries()) {
      const call = this.#calls[index];
      const name = asObject(call?.['function'])['name'];
      this.#messages.push({ role: 'tool', content: text, tool_name: name, tool_call_id: call?.['id'] });
    }
  }

  say(words: string): void {
    this.#messages.push({ role: 'user', content: words });
  }
}

/** The lines of a stream, or the whole answer as the only one. */
async function chat(body: JsonObject, { target, onText, signal }: Ask): Promise<readonly JsonObject[]> {
  const response = await fetch(`${target.url}/api/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${target.apiKey}` },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  if (!response.ok) {
    const { error } = asObject((await response.json()) as JsonValue);
    throw new OllamaError(String(error), response.status);
  }
  const lines: JsonObject[] = [];
  for await (const text of linesOf(response)) {
    const line = asObject(JSON.parse(text) as JsonValue);
    if (line['error'] !== undefined) throw new OllamaError(String(line['error']));
    onText(asString(asObject(line['message'])['content']) ?? '');
    lines.push(line);
  }
  return lines;
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of response.body ?? []) {
    const lines = (rest + decoder.decode(bytes as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
  if (rest !== '') yield rest;
}

function callOf(call: JsonObject): ObservedCall {
  const { name, arguments: input } = asObject(call['function']);
  return { name: asString(name) ?? '', input };
}

const countOf = (count: JsonValue | undefined): number => (typeof count === 'number' ? count : 0);

function firstMessages({ system, words, image }: Question): JsonObject[] {
  return [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    { role: 'user', content: words, ...(image !== undefined && { images: [image] }) },
  ];
}

function bodyOf({ hasTools, schema, stop, maxTokens, thinks }: Question): JsonObject {
  return {
    think: thinks === true,
    ...(hasTools && { tools: [{ type: 'function', function: { ...WEATHER, parameters: WEATHER_SCHEMA } }] }),
    ...(schema && { format: schema }),
    ...((stop ?? maxTokens) && {
      options: { ...(stop && { stop: [...stop] }), ...(maxTokens && { num_predict: maxTokens }) },
    }),
  };
}
