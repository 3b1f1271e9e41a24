import {
  type AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
  type UsageMetadata,
} from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { WEATHER_SCHEMA } from '../../support/vendors/samples.ts';
import {
  type Ask,
  type Client,
  type Conversation,
  type Feature,
  type Observation,
  type Question,
  type ToolOutput,
  WEATHER,
} from '../client.ts';
import { describeApiError } from './describe-error.ts';

const LACKS: readonly Feature[] = ['image-in-result', 'error-in-result', 'stop-sequence-named'];

/** `@langchain/openai`: `invoke` and `stream` of `ChatOpenAI`, over chat completions. */
export const langchainClient: Client = {
  name: '@langchain/openai',
  vendor: 'openai-chat',
  providerInPath: true,
  lacks: new Set(LACKS),
  begin: (question) => new MessagesConversation(question),
  describeError: describeApiError,
};

class MessagesConversation implements Conversation {
  readonly #question: Question;
  readonly #messages: BaseMessage[];
  #calls: NonNullable<AIMessage['tool_calls']> = [];

  constructor(question: Question) {
    this.#question = question;
    this.#messages = firstMessages(question);
  }

  async next(ask: Ask): Promise<Observation> {
    const answer = await answerOf(this.#question, this.#messages, ask);
    this.#calls = answer.tool_calls ?? [];
    this.#messages.push(answer);
    return observe(answer);
  }

  give(outputs: readonly ToolOutput[]): void {
    for (const [index, { text }] of outputs.entries()) {
      this.#messages.push(new ToolMessage({ tool_call_id: this.#calls[index]?.id ?? '', content: text }));
    }
  }

  say(words: string): void {
    this.#messages.push(new HumanMessage(words));
  }
}

async function answerOf(
  { hasTools, toolChoice, schema, stop, maxTokens, thinks }: Question,
  messages: BaseMessage[],
  { target, stream, onText, signal }: Ask,
): Promise<AIMessage | AIMessageChunk> {
  const model = new ChatOpenAI({
    model: target.model,
    apiKey: target.apiKey,
    maxRetries: 0,
    streamUsage: true,
    configuration: { baseURL: `${target.url}/v1` },
    ...(maxTokens && { maxTokens }),
    ...(stop && { stop: [...stop] }),
    ...(thinks && { reasoning: { effort: 'medium' as const } }),
  });
  const options = {
    ...(hasTools && {
      tools: [{ type: 'function' as const, function: { ...WEATHER, parameters: { ...WEATHER_SCHEMA } } }],
    }),
    ...(toolChoice && { tool_choice: toolChoice }),
    ...(schema && {
      response_format: {
        type: 'json_schema' as const,
        json_schema: { name: 'place', strict: true, schema: { ...schema } },
      },
    }),
    ...(signal && { signal }),
  };
  if (!stream) return model.invoke(messages, options);
  let sum: AIMessageChunk | undefined;
  for await (const chunk of await model.stream(messages, options)) {
    onText(chunk.text);
    sum = sum === undefined ? chunk : sum.concat(chunk);
  }
  if (sum === undefined) throw new Error('a stream without chunks');
  return sum;
}

function observe(answer: AIMessage | AIMessageChunk): Observation {
  const { response_metadata, tool_calls = [], additional_kwargs } = answer;
  const usage = answer.usage_metadata as UsageMetadata | undefined;
  return {
    text: answer.text,
    refusal: typeof additional_kwargs['refusal'] === 'string' ? additional_kwargs['refusal'] : '',
    toolCalls: tool_calls.map(({ name, args }) => ({ name, input: args })),
    finish: String(response_metadata['finish_reason']),
    usage: {
      input: usage?.input_tokens,
      cacheRead: usage?.input_token_details?.cache_read,
      output: usage?.output_tokens,
      reasoning: usage?.output_token_details?.reasoning,
    },
  };
}

function firstMessages({ system, words, image }: Question): BaseMessage[] {
  const content = [
    { type: 'text', text: words },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
  ];
  return [
    ...(system === undefined ? [] : [new SystemMessage(system)]),
    image === undefined ? new HumanMessage(words) : new HumanMessage({ content }),
  ];
}
