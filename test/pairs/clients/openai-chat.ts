import OpenAI from 'openai';
import { WEATHER_SCHEMA } from '../../support/vendors/samples.ts';
import {
  type Ask,
  type Client,
  type Conversation,
  type Feature,
  type Observation,
  parsed,
  type Question,
  type ToolOutput,
  WEATHER,
} from '../client.ts';
import { describeApiError } from './describe-error.ts';

type Message = OpenAI.Chat.ChatCompletionMessageParam;
type FullBody = Omit<OpenAI.Chat.ChatCompletionCreateParamsNonStreaming, 'stream'>;
type Body = Omit<FullBody, 'model' | 'messages'>;
type Call = OpenAI.Chat.ChatCompletionMessageFunctionToolCall;

const LACKS: readonly Feature[] = ['image-in-result', 'error-in-result', 'stop-sequence-named'];

/** `openai`: `chat.completions.create` and `chat.completions.stream`. */
export const openAiChatClient: Client = {
  name: 'openai chat.completions',
  vendor: 'openai-chat',
  providerInPath: true,
  lacks: new Set(LACKS),
  begin: (question) => new ChatConversation(question),
  describeError: describeApiError,
};

class ChatConversation implements Conversation {
  readonly #body: Body;
  readonly #messages: Message[];
  #calls: readonly Call[] = [];

  constructor(question: Question) {
    this.#body = bodyOf(question);
    this.#messages = firstMessages(question);
  }

  async next(ask: Ask): Promise<Observation> {
    const completion = await complete({ ...this.#body, model: ask.target.model, messages: this.#messages }, ask);
    const choice = completion.choices[0];
    if (choice === undefined) throw new Error('an answer without a choice');
    const { content, refusal, tool_calls = [] } = choice.message;
    this.#calls = tool_calls.filter((call) => call.type === 'function').map(plainCall);
    this.#messages.push({
      role: 'assistant',
      content,
      ...(refusal ? { refusal } : {}),
      ...(this.#calls.length > 0 ? { tool_calls: [...this.#calls] } : {}),
    });
    return {
      text: content ?? '',
      refusal: refusal ?? '',
      toolCalls: this.#calls.map(({ function: { name, arguments: text } }) => ({ name, input: parsed(text), text })),
      citations: (choice.message.annotations ?? []).map(({ url_citation: { url, title } }) => ({ url, title })),
      finish: choice.finish_reason,
      usage: usageOf(completion.usage),
    };
  }

  give(outputs: readonly ToolOutput[]): void {
    for (const [index, { text }] of outputs.entries()) {
      this.#messages.push({ role: 'tool', tool_call_id: this.#calls[index]?.id ?? '', content: text });
    }
  }

  say(words: string): void {
    this.#messages.push({ role: 'user', content: words });
  }
}

async function complete(body: FullBody, { target, stream, onText, signal }: Ask): Promise<OpenAI.Chat.ChatCompletion> {
  const client = new OpenAI({ baseURL: `${target.url}/v1`, apiKey: target.apiKey, maxRetries: 0 });
  const options = signal === undefined ? {} : { signal };
  if (!stream) return client.chat.completions.create(body, options);
  const runner = client.chat.completions.stream({ ...body, stream_options: { include_usage: true } }, options);
  runner.on('content.delta', ({ delta }) => onText(delta));
  return runner.finalChatCompletion();
}

function plainCall({ id, function: { name, arguments: text } }: Call): Call {
  return { id, type: 'function', function: { name, arguments: text } };
}

function firstMessages({ system, words, image }: Question): Message[] {
  const url = `data:image/png;base64,${image}`;
  const content =
    image === undefined
      ? words
      : [
          { type: 'text' as const, text: words },
          { type: 'image_url' as const, image_url: { url } },
        ];
  return [...(system === undefined ? [] : [{ role: 'system' as const, content: system }]), { role: 'user', content }];
}

function bodyOf({ hasTools, toolChoice, schema, stop, maxTokens, thinks }: Question): Body {
  return {
    ...(hasTools && { tools: [{ type: 'function', function: { ...WEATHER, parameters: WEATHER_SCHEMA } }] }),
    ...(toolChoice && { tool_choice: choiceOf(toolChoice) }),
    ...(schema && { response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true, schema } } }),
    ...(stop && { stop: [...stop] }),
    ...(maxTokens && { max_completion_tokens: maxTokens }),
    ...(thinks && { reasoning_effort: 'medium' }),
  };
}

function choiceOf(choice: 'required' | 'weather'): OpenAI.Chat.ChatCompletionToolChoiceOption {
  return choice === 'required' ? choice : { type: 'function', function: { name: choice } };
}

function usageOf(usage: OpenAI.CompletionUsage | undefined): Observation['usage'] {
  return {
    input: usage?.prompt_tokens,
    cacheRead: usage?.prompt_tokens_details?.cached_tokens,
    output: usage?.completion_tokens,
    reasoning: usage?.completion_tokens_details?.reasoning_tokens,
  };
}
