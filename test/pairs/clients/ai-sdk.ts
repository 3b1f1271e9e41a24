import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  APICallError,
  generateText,
  jsonSchema,
  type LanguageModel,
  type ModelMessage,
  Output,
  streamText,
  type ToolModelMessage,
  type ToolSet,
} from 'ai';
import { WEATHER_SCHEMA } from '../../support/vendors/samples.ts';
import type { VendorId } from '../../support/vendors/vendors.ts';
import {
  type Ask,
  type Client,
  type Conversation,
  type Feature,
  type Observation,
  type ObservedError,
  type Question,
  type Target,
  type ToolOutput,
  WEATHER,
} from '../client.ts';

type Options = NonNullable<Parameters<typeof generateText>[0]['providerOptions']>;

/** One of the AI SDK's providers. */
interface Provider {
  readonly name: string;
  readonly vendor: VendorId;
  readonly providerInPath: boolean;
  readonly lacks: readonly Feature[];
  connect(target: Target): LanguageModel;
  /** What every call has. */
  readonly always?: Options;
  readonly thinking: Options;
}

const OPENAI_THINKING = {
  reasoningEffort: 'medium',
  reasoningSummary: 'auto',
  include: ['reasoning.encrypted_content'],
};

const settingsOf = ({ url, apiKey }: Target, version = '/v1') => ({ baseURL: `${url}${version}`, apiKey });

const PROVIDERS: readonly Provider[] = [
  {
    name: '@ai-sdk/openai chat',
    vendor: 'openai-chat',
    providerInPath: true,
    lacks: ['image-in-result', 'error-in-result', 'stop-sequence-named'],
    connect: (target) => createOpenAI(settingsOf(target)).chat(target.model),
    thinking: { openai: { reasoningEffort: 'medium' } },
  },
  {
    name: '@ai-sdk/openai responses',
    vendor: 'openai-responses',
    providerInPath: true,
    lacks: ['stop', 'stop-sequence-named', 'error-in-result'],
    connect: (target) => createOpenAI(settingsOf(target)).responses(target.model),
    always: { openai: { store: false } },
    thinking: { openai: { store: false, ...OPENAI_THINKING } },
  },
  {
    name: '@ai-sdk/openai-compatible',
    vendor: 'openai-chat',
    providerInPath: true,
    lacks: ['newer-limit', 'image-in-result', 'error-in-result', 'stop-sequence-named'],
    connect: (target) => {
      const settings = { name: 'router', includeUsage: true, supportsStructuredOutputs: true };
      return createOpenAICompatible({ ...settings, ...settingsOf(target) })(target.model);
    },
    thinking: { router: { reasoningEffort: 'medium' } },
  },
  {
    name: '@ai-sdk/anthropic',
    vendor: 'anthropic',
    providerInPath: true,
    lacks: ['stop-sequence-named'],
    connect: (target) => createAnthropic(settingsOf(target))(target.model),
    thinking: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2048 } } },
  },
  {
    name: '@ai-sdk/google',
    vendor: 'gemini',
    providerInPath: false,
    lacks: ['stop-sequence-named'],
    connect: (target) => createGoogleGenerativeAI(settingsOf(target, '/v1beta'))(target.model),
    thinking: { google: { thinkingConfig: { includeThoughts: true } } },
  },
];

/** `ai` 6: `generateText` and `streamText` with each provider that speaks a format of ours. */
export const aiSdkClients: readonly Client[] = PROVIDERS.map((provider) => ({
  name: provider.name,
  vendor: provider.vendor,
  providerInPath: provider.providerInPath,
  lacks: new Set(provider.lacks),
  begin: (question) => new TextConversation(question, provider),
  describeError,
}));

function describeError(thrown: unknown): ObservedError {
  if (!APICallError.isInstance(thrown))
    return { name: thrown instanceof Error ? thrown.name : typeof thrown, status: undefined };
  const { name, statusCode, responseHeaders } = thrown;
  return { name, status: statusCode, retryAfter: responseHeaders?.['retry-after'] };
}

const TOOLS: ToolSet = {
  weather: { description: WEATHER.description, inputSchema: jsonSchema({ ...WEATHER_SCHEMA }) },
};

/** What the results of both functions hold. */
type Result = Pick<
  Awaited<ReturnType<typeof generateText>>,
  'text' | 'reasoningText' | 'toolCalls' | 'sources' | 'finishReason' | 'usage' | 'response'
>;

class TextConversation implements Conversation {
  readonly #question: Question;
  readonly #provider: Provider;
  readonly #messages: ModelMessage[];
  #calls: Result['toolCalls'] = [];

  constructor(question: Question, provider: Provider) {
    this.#question = question;
    this.#provider = provider;
    this.#messages = [firstMessage(question)];
  }

  async next(ask: Ask): Promise<Observation> {
    const result = await this.#run(ask);
    this.#calls = result.toolCalls;
    this.#messages.push(...result.response.messages);
    return observe(result);
  }

  give(outputs: readonly ToolOutput[]): void {
    const content = outputs.map((output, index): ToolModelMessage['content'][number] => ({
      type: 'tool-result',
      toolCallId: this.#calls[index]?.toolCallId ?? '',
      toolName: this.#calls[index]?.toolName ?? '',
      output: outputOf(output),
    }));
    this.#messages.push({ role: 'tool', content });
  }

  say(words: string): void {
    this.#messages.push({ role: 'user', content: words });
  }

  async #run({ target, stream, onText, signal }: Ask): Promise<Result> {
    const { system, hasTools, toolChoice, schema, stop, maxTokens, thinks } = this.#question;
    const options = thinks ? this.#provider.thinking : this.#provider.always;
    const call = {
      model: this.#provider.connect(target),
      messages: this.#messages,
      maxRetries: 0,
      ...(system && { system }),
      ...(hasTools && { tools: TOOLS }),
      ...(toolChoice && {
        toolChoice: toolChoice === 'required' ? toolChoice : { type: 'tool' as const, toolName: toolChoice },
      }),
      ...(schema && { output: Output.object({ schema: jsonSchema({ ...schema }) }) }),
      ...(stop && { stopSequences: [...stop] }),
      ...(maxTokens && { maxOutputTokens: maxTokens }),
      ...(options && { providerOptions: options }),
      ...(signal && { abortSignal: signal }),
    };
    return stream ? streamed(call, onText) : generateText(call);
  }
}

/** Errors are parts of the stream: the first one is thrown. */
async function streamed(call: Parameters<typeof streamText>[0], onText: (piece: string) => void): Promise<Result> {
  const result = streamText({ ...call, onError: () => {} });
  for await (const part of result.fullStream) {
    if (part.type === 'text-delta') onText(part.text);
    if (part.type === 'error') throw part.error;
    if (part.type === 'abort') throw new DOMException('aborted', 'AbortError');
  }
  const [text, reasoningText, toolCalls, sources, finishReason, usage, response] = await Promise.all([
    result.text,
    result.reasoningText,
    result.toolCalls,
    result.sources,
    result.finishReason,
    result.usage,
    result.response,
  ]);
  return { text, reasoningText, toolCalls, sources, finishReason, usage, response };
}

function observe({ text, reasoningText, toolCalls, sources, finishReason, usage }: Result): Observation {
  return {
    text,
    reasoning: reasoningText ?? '',
    toolCalls: toolCalls.map(({ toolName: name, input }) => ({ name, input })),
    citations: sources.flatMap((source) =>
      source.sourceType === 'url' ? [{ url: source.url, title: source.title }] : [],
    ),
    finish: finishReason,
    usage: {
      input: usage.inputTokens,
      cacheRead: usage.inputTokenDetails.cacheReadTokens ?? 0,
      output: usage.outputTokens,
      reasoning: usage.outputTokenDetails.reasoningTokens ?? 0,
    },
  };
}

function firstMessage({ words, image }: Question): ModelMessage {
  if (image === undefined) return { role: 'user', content: words };
  return {
    role: 'user',
    content: [
      { type: 'text', text: words },
      { type: 'image', image, mediaType: 'image/png' },
    ],
  };
}

type ResultOutput = Extract<ToolModelMessage['content'][number], { type: 'tool-result' }>['output'];

function outputOf({ text, image, isError }: ToolOutput): ResultOutput {
  if (isError) return { type: 'error-text', value: text };
  if (image === undefined) return { type: 'text', value: text };
  return {
    type: 'content',
    value: [
      { type: 'text', text },
      { type: 'image-data', data: image, mediaType: 'image/png' },
    ],
  };
}
