import {
  ApiError,
  type Content,
  FunctionCallingConfigMode,
  type FunctionResponsePart,
  type GenerateContentConfig,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
} from '@google/genai';
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

const LACKS: readonly Feature[] = ['stop-sequence-named'];

/** `@google/genai`: `generateContent` and `generateContentStream`. */
export const googleGenAiClient: Client = {
  name: '@google/genai',
  vendor: 'gemini',
  providerInPath: false,
  lacks: new Set(LACKS),
  begin: (question) => new ContentsConversation(question),
  describeError: (thrown) => ({
    name: thrown instanceof Error ? thrown.constructor.name : typeof thrown,
    status: thrown instanceof ApiError ? thrown.status : undefined,
  }),
};

class ContentsConversation implements Conversation {
  readonly #config: GenerateContentConfig;
  readonly #contents: Content[];
  #calls: readonly Part[] = [];

  constructor(question: Question) {
    this.#config = configOf(question);
    this.#contents = [{ role: 'user', parts: firstParts(question) }];
  }

  async next(ask: Ask): Promise<Observation> {
    const responses = await generate(this.#contents, this.#config, ask);
    const parts = responses.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
    this.#calls = parts.filter(({ functionCall }) => functionCall !== undefined);
    this.#contents.push({ role: 'model', parts });
    return observe(responses, parts);
  }

  give(outputs: readonly ToolOutput[]): void {
    const parts = outputs.map((output, index) => responseOf(output, this.#calls[index]?.functionCall));
    this.#contents.push({ role: 'user', parts });
  }

  say(words: string): void {
    this.#contents.push({ role: 'user', parts: [{ text: words }] });
  }
}

async function generate(
  contents: Content[],
  config: GenerateContentConfig,
  { target, stream, onText, signal }: Ask,
): Promise<readonly GenerateContentResponse[]> {
  const client = new GoogleGenAI({ apiKey: target.apiKey, httpOptions: { baseUrl: target.url } });
  const request = {
    model: target.model,
    contents,
    config: { ...config, ...(signal === undefined ? {} : { abortSignal: signal }) },
  };
  if (!stream) return [await client.models.generateContent(request)];
  const responses: GenerateContentResponse[] = [];
  for await (const response of await client.models.generateContentStream(request)) {
    onText(textOf(response.candidates?.[0]?.content?.parts ?? []));
    responses.push(response);
  }
  return responses;
}

const textOf = (parts: readonly Part[]): string =>
  parts.map(({ text, thought }) => (thought === true ? '' : (text ?? ''))).join('');

function observe(responses: readonly GenerateContentResponse[], parts: readonly Part[]): Observation {
  const usage = responses.at(-1)?.usageMetadata;
  const candidates = responses.flatMap(({ candidates = [] }) => candidates.slice(0, 1));
  const thoughts = usage?.thoughtsTokenCount ?? 0;
  return {
    text: textOf(parts),
    reasoning: parts.map(({ text, thought }) => (thought === true ? (text ?? '') : '')).join(''),
    toolCalls: parts.flatMap(({ functionCall }) =>
      functionCall === undefined ? [] : [{ name: functionCall.name ?? '', input: functionCall.args }],
    ),
    citations: candidates
      .flatMap(({ groundingMetadata }) => groundingMetadata?.groundingChunks ?? [])
      .map(({ web }) => ({ url: web?.uri ?? '', title: web?.title })),
    finish: candidates.map(({ finishReason }) => finishReason).findLast((reason) => reason !== undefined),
    usage: {
      input: usage?.promptTokenCount,
      cacheRead: usage?.cachedContentTokenCount ?? 0,
      output: (usage?.candidatesTokenCount ?? 0) + thoughts,
      reasoning: thoughts,
    },
  };
}

const imagePart = (data: string): Part => ({ inlineData: { mimeType: 'image/png', data } });

function firstParts({ words, image }: Question): Part[] {
  return [{ text: words }, ...(image === undefined ? [] : [imagePart(image)])];
}

function responseOf({ text, image, isError }: ToolOutput, call: Part['functionCall']): Part {
  const parts: FunctionResponsePart[] | undefined =
    image === undefined ? undefined : [{ inlineData: { mimeType: 'image/png', data: image } }];
  return {
    functionResponse: {
      ...(call?.id === undefined ? {} : { id: call.id }),
      name: call?.name ?? '',
      response: isError ? { error: text } : { output: text },
      ...(parts && { parts }),
    },
  };
}

function configOf({ system, hasTools, toolChoice, schema, stop, maxTokens, thinks }: Question): GenerateContentConfig {
  return {
    ...(system && { systemInstruction: system }),
    ...(hasTools && { tools: [{ functionDeclarations: [{ ...WEATHER, parametersJsonSchema: WEATHER_SCHEMA }] }] }),
    ...(toolChoice && {
      toolConfig: {
        functionCallingConfig: {
          mode: FunctionCallingConfigMode.ANY,
          ...(toolChoice === 'required' ? {} : { allowedFunctionNames: [toolChoice] }),
        },
      },
    }),
    ...(schema && { responseMimeType: 'application/json', responseJsonSchema: schema }),
    ...(stop && { stopSequences: [...stop] }),
    ...(maxTokens && { maxOutputTokens: maxTokens }),
    ...(thinks && { thinkingConfig: { includeThoughts: true } }),
  };
}
