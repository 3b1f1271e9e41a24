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

type Item = OpenAI.Responses.ResponseInputItem;
type Output = OpenAI.Responses.ResponseOutputItem;
type Response = OpenAI.Responses.Response;
type FullBody = Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, 'stream'>;
type Body = Omit<FullBody, 'model' | 'input'>;

const LACKS: readonly Feature[] = ['stop', 'stop-sequence-named', 'error-in-result'];

/** `openai`: `responses.create` and `responses.stream`; the conversation is kept by the client. */
export const openAiResponsesClient: Client = {
  name: 'openai responses',
  vendor: 'openai-responses',
  providerInPath: true,
  lacks: new Set(LACKS),
  begin: (question) => new ResponsesConversation(question),
  describeError: describeApiError,
};

class ResponsesConversation implements Conversation {
  readonly #body: Body;
  readonly #input: Item[];
  #calls: readonly OpenAI.Responses.ResponseFunctionToolCall[] = [];

  constructor(question: Question) {
    this.#body = bodyOf(question);
    this.#input = [firstItem(question)];
  }

  async next(ask: Ask): Promise<Observation> {
    const response = await respond({ ...this.#body, model: ask.target.model, input: this.#input }, ask);
    this.#calls = response.output.filter((item) => item.type === 'function_call');
    this.#input.push(...response.output.map(asInput));
    return observe(response);
  }

  give(outputs: readonly ToolOutput[]): void {
    for (const [index, output] of outputs.entries()) {
      const call_id = this.#calls[index]?.call_id ?? '';
      this.#input.push({ type: 'function_call_output', call_id, output: outputOf(output) });
    }
  }

  say(words: string): void {
    this.#input.push({ role: 'user', content: words });
  }
}

async function respond(body: FullBody, { target, stream, onText, signal }: Ask): Promise<Response> {
  const client = new OpenAI({ baseURL: `${target.url}/v1`, apiKey: target.apiKey, maxRetries: 0 });
  const options = signal === undefined ? {} : { signal };
  if (!stream) return client.responses.create(body, options);
  const events = client.responses.stream(body, options);
  events.on('response.output_text.delta', ({ delta }) => onText(delta));
  return events.finalResponse();
}

/** What the helpers add to items, the vendor refuses. */
function asInput(item: Output): Item {
  if (item.type === 'message') return { ...item, content: item.content.map(withoutParsed) };
  if (item.type !== 'function_call') return item as Item;
  const { id, call_id, name, arguments: text, status } = item;
  return { type: 'function_call', call_id, name, arguments: text, ...(id && { id }), ...(status && { status }) };
}

function withoutParsed<Part extends object>(part: Part): Part {
  const { parsed: _, ...rest } = part as Part & { parsed?: unknown };
  return rest as Part;
}

function observe(response: Response): Observation {
  const parts = response.output.flatMap((item) => (item.type === 'message' ? item.content : []));
  const words = parts.filter((part) => part.type === 'output_text');
  const thoughts = response.output.flatMap((item) => (item.type === 'reasoning' ? item.summary : []));
  return {
    text: response.output_text,
    refusal: parts.map((part) => (part.type === 'refusal' ? part.refusal : '')).join(''),
    reasoning: thoughts.map(({ text }) => text).join(''),
    toolCalls: response.output
      .filter((item) => item.type === 'function_call')
      .map(({ name, arguments: text }) => ({ name, input: parsed(text), text })),
    citations: words
      .flatMap(({ annotations }) => annotations)
      .filter((annotation) => annotation.type === 'url_citation')
      .map(({ url, title }) => ({ url, title })),
    finish: [response.status, response.incomplete_details?.reason].filter(Boolean).join(': '),
    usage: {
      input: response.usage?.input_tokens,
      cacheRead: response.usage?.input_tokens_details.cached_tokens,
      output: response.usage?.output_tokens,
      reasoning: response.usage?.output_tokens_details.reasoning_tokens,
    },
  };
}

function firstItem({ words, image }: Question): Item {
  if (image === undefined) return { role: 'user', content: words };
  return { role: 'user', content: [{ type: 'input_text', text: words }, imagePart(image)] };
}

const imagePart = (base64: string): OpenAI.Responses.ResponseInputImage => ({
  type: 'input_image',
  image_url: `data:image/png;base64,${base64}`,
  detail: 'auto',
});

function outputOf({ text, image }: ToolOutput): OpenAI.Responses.ResponseInputItem.FunctionCallOutput['output'] {
  return image === undefined ? text : [{ type: 'input_text', text }, imagePart(image)];
}

function bodyOf({ system, hasTools, toolChoice, schema, maxTokens, thinks }: Question): Body {
  return {
    store: false,
    ...(system && { instructions: system }),
    ...(hasTools && { tools: [{ type: 'function', strict: false, ...WEATHER, parameters: WEATHER_SCHEMA }] }),
    ...(toolChoice && { tool_choice: toolChoice === 'required' ? toolChoice : { type: 'function', name: toolChoice } }),
    ...(schema && { text: { format: { type: 'json_schema', name: 'place', strict: true, schema: { ...schema } } } }),
    ...(maxTokens && { max_output_tokens: maxTokens }),
    ...(thinks && {
      reasoning: { effort: 'medium', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    }),
  };
}
