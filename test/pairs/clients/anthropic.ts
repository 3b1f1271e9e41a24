import Anthropic from '@anthropic-ai/sdk';
import OlderAnthropic from 'anthropic-sdk-0';
import { WEATHER_SCHEMA } from '../../support/vendors/samples.ts';
import {
  type Ask,
  type Client,
  type Conversation,
  type Observation,
  type Question,
  type Target,
  type ToolOutput,
  WEATHER,
} from '../client.ts';
import { describeApiError } from './describe-error.ts';

type Message = Anthropic.MessageParam;
type Body = Omit<Anthropic.MessageCreateParamsNonStreaming, 'model' | 'messages'>;
type Connect = (target: Target) => Anthropic;

const settingsOf = ({ url, apiKey }: Target) => ({ baseURL: url, apiKey, authToken: null, maxRetries: 0 });

const connect: Connect = (target) => new Anthropic(settingsOf(target));
/** The older release has the same methods with bodies that differ in details only. */
const connectOlder: Connect = (target) => new OlderAnthropic(settingsOf(target)) as unknown as Anthropic;

/** `@anthropic-ai/sdk` 1.x: `messages.create` and `messages.stream`. */
export const anthropicClient: Client = clientOf('@anthropic-ai/sdk 1', connect);

/** `@anthropic-ai/sdk` 0.x, which asks for the older version of the API. */
export const olderAnthropicClient: Client = clientOf('@anthropic-ai/sdk 0', connectOlder);

function clientOf(name: string, connect: Connect): Client {
  return {
    name,
    vendor: 'anthropic',
    providerInPath: true,
    lacks: new Set(),
    begin: (question) => new MessagesConversation(question, connect),
    describeError: describeApiError,
  };
}

class MessagesConversation implements Conversation {
  readonly #connect: Connect;
  readonly #body: Body;
  readonly #messages: Message[];
  #calls: readonly Anthropic.ToolUseBlock[] = [];

  constructor(question: Question, connect: Connect) {
    this.#connect = connect;
    this.#body = bodyOf(question);
    this.#messages = [{ role: 'user', content: firstContent(question) }];
  }

  async next(ask: Ask): Promise<Observation> {
    const client = this.#connect(ask.target);
    const message = await send(client, { ...this.#body, model: ask.target.model, messages: this.#messages }, ask);
    this.#calls = message.content.filter((block) => block.type === 'tool_use');
    this.#messages.push({ role: 'assistant', content: message.content });
    return observe(message);
  }

  give(outputs: readonly ToolOutput[]): void {
    const content = outputs.map((output, index) => resultOf(output, this.#calls[index]?.id ?? ''));
    this.#messages.push({ role: 'user', content });
  }

  say(words: string): void {
    this.#messages.push({ role: 'user', content: words });
  }
}

async function send(
  client: Anthropic,
  body: Anthropic.MessageCreateParamsNonStreaming,
  { stream, onText, signal }: Ask,
): Promise<Anthropic.Message> {
  const options = signal === undefined ? {} : { signal };
  if (!stream) return client.messages.create(body, options);
  const events = client.messages.stream(body, options);
  events.on('text', onText);
  return events.finalMessage();
}

function observe({ content, stop_reason, stop_sequence, usage }: Anthropic.Message): Observation {
  const words = content.filter((block) => block.type === 'text');
  const { input_tokens, cache_read_input_tokens: read, cache_creation_input_tokens: write, output_tokens } = usage;
  return {
    text: words.map(({ text }) => text).join(''),
    reasoning: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    toolCalls: content.filter((block) => block.type === 'tool_use').map(({ name, input }) => ({ name, input })),
    citations: words
      .flatMap(({ citations }) => citations ?? [])
      .flatMap((citation) =>
        citation.type === 'web_search_result_location'
          ? [{ url: citation.url, title: citation.title ?? undefined }]
          : [],
      ),
    finish: stop_reason ?? undefined,
    stopSequence: stop_sequence ?? undefined,
    usage: {
      input: input_tokens + (read ?? 0) + (write ?? 0),
      cacheRead: read ?? 0,
      cacheWrite: write ?? 0,
      output: output_tokens,
      reasoning: usage.output_tokens_details?.thinking_tokens ?? 0,
    },
  };
}

const imageBlock = (data: string): Anthropic.ImageBlockParam => ({
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data },
});

function firstContent({ words, image }: Question): Message['content'] {
  return image === undefined ? words : [imageBlock(image), { type: 'text', text: words }];
}

function resultOf({ text, image, isError }: ToolOutput, id: string): Anthropic.ToolResultBlockParam {
  return {
    type: 'tool_result',
    tool_use_id: id,
    content: image === undefined ? text : [{ type: 'text', text }, imageBlock(image)],
    ...(isError && { is_error: true }),
  };
}

function bodyOf({ system, hasTools, toolChoice, schema, stop, maxTokens, thinks }: Question): Body {
  return {
    max_tokens: maxTokens ?? 4096,
    ...(system && { system }),
    ...(hasTools && { tools: [{ ...WEATHER, input_schema: { ...WEATHER_SCHEMA } }] }),
    ...(toolChoice && {
      tool_choice: toolChoice === 'required' ? { type: 'any' } : { type: 'tool', name: toolChoice },
    }),
    ...(schema && { output_config: { format: { type: 'json_schema', schema: { ...schema } } } }),
    ...(stop && { stop_sequences: [...stop] }),
    ...(thinks && { thinking: { type: 'enabled', budget_tokens: 2048 } }),
  };
}
