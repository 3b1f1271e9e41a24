import { asObject } from '../lib/json.ts';
import { badField, LocalModelError } from './transformers-failure.ts';
import type { GenerationGate } from './transformers-gate.ts';
import type { ChatWork, LocalChatMessage, LocalWork, ModelThreadData, ThreadReply } from './transformers-messages.ts';
import { nucleusProcessor } from './transformers-nucleus.ts';
import type { LibraryLanguageModel, LibraryTokenizer, TransformersLibrary } from './transformers-package.ts';
import { StopCutter } from './transformers-stop.ts';

/** A loaded model in its thread. */
export interface LoadedModel {
  /** Answers with `emit`, the last reply included. Throws what makes the work fail. */
  run(work: LocalWork, gate: GenerationGate, emit: (reply: ThreadReply) => void): Promise<void>;
  dispose(): Promise<void>;
}

interface Prompt {
  readonly inputs: object;
  readonly promptTokens: number;
}

/** Longest answer of a model that does not say how much it reads and writes. */
const UNKNOWN_CONTEXT_TOKENS = 4096;

/** Names of the longest context in the `config.json` of the architectures. */
const CONTEXT_MEMBERS = ['max_position_embeddings', 'n_positions', 'n_ctx', 'max_seq_len', 'seq_length'];

/** Loads tokenizer and weights of a folder for chats. */
export async function loadChatModel(
  library: TransformersLibrary,
  { folder, device }: ModelThreadData,
  dtype: string,
): Promise<LoadedModel> {
  const tokenizer = await library.AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  const options = { dtype, device, local_files_only: true } as const;
  const model = await library.AutoModelForCausalLM.from_pretrained(folder, options);
  return new ChatModel(library, tokenizer, model);
}

class ChatModel implements LoadedModel {
  readonly #library: TransformersLibrary;
  readonly #tokenizer: LibraryTokenizer;
  readonly #model: LibraryLanguageModel;
  readonly #endTokens: ReadonlySet<number>;

  constructor(library: TransformersLibrary, tokenizer: LibraryTokenizer, model: LibraryLanguageModel) {
    this.#library = library;
    this.#tokenizer = tokenizer;
    this.#model = model;
    this.#endTokens = endTokensOf(model);
  }

  async run(work: LocalWork, gate: GenerationGate, emit: (reply: ThreadReply) => void): Promise<void> {
    if (work.kind !== 'chat') throw badField('model', 'this model chats and does not embed');
    const { inputs, promptTokens } = encodePrompt(this.#tokenizer, work.messages);
    const maxTokens = this.#room(work, promptTokens);
    emit({ kind: 'started', promptTokens });
    const generation = new Generation(work, gate, emit, new this.#library.InterruptableStoppingCriteria());
    const streamer = new this.#library.TextStreamer(this.#tokenizer, generation.streamerOptions);
    this.#library.random.seed(work.seed === undefined ? undefined : Math.abs(work.seed));
    if (!gate.isCancelled) {
      await this.#model.generate({
        ...inputs,
        ...samplingOptions(work),
        max_new_tokens: maxTokens,
        streamer,
        stopping_criteria: [generation.interrupt],
      });
    }
    generation.end();
    const { completionTokens, lastToken } = generation;
    const isFull = completionTokens >= maxTokens && !generation.isCut && !this.#endTokens.has(lastToken);
    emit({ kind: 'finished', finishReason: isFull ? 'length' : 'stop', promptTokens, completionTokens });
  }

  async dispose(): Promise<void> {
    await this.#model.dispose();
  }

  /** How many tokens the answer may have. */
  #room(work: ChatWork, promptTokens: number): number {
    const context = contextOf(this.#model, work.contextWindow);
    const room = context === undefined ? UNKNOWN_CONTEXT_TOKENS : context - promptTokens;
    if (room >= 1) return Math.min(room, work.maxTokens ?? room);
    throw new LocalModelError({
      status: 400,
      code: 'context_length_exceeded',
      message: `The prompt has ${promptTokens} tokens, and this model reads and writes ${context} at most.`,
      param: 'messages',
    });
  }
}

/** Follows one generation: counts its tokens, cuts its text, ends it when nobody wants the rest. */
class Generation {
  readonly interrupt: { interrupt(): void };
  readonly #gate: GenerationGate;
  readonly #emit: (reply: ThreadReply) => void;
  readonly #cutter: StopCutter;
  completionTokens = 0;
  lastToken = -1;

  constructor(
    work: ChatWork,
    gate: GenerationGate,
    emit: (reply: ThreadReply) => void,
    interrupt: { interrupt(): void },
  ) {
    this.#gate = gate;
    this.#emit = emit;
    this.#cutter = new StopCutter(work.stop);
    this.interrupt = interrupt;
  }

  get isCut(): boolean {
    return this.#cutter.isCut;
  }

  readonly streamerOptions = {
    skip_prompt: true,
    skip_special_tokens: true,
    callback_function: (text: string): void => this.#show(this.#cutter.push(text)),
    token_callback_function: (tokens: readonly bigint[]): void => this.#count(tokens),
  } as const;

  end(): void {
    this.#show(this.#cutter.end());
  }

  #count(tokens: readonly bigint[]): void {
    this.completionTokens += tokens.length;
    this.lastToken = Number(tokens.at(-1) ?? -1);
    this.#gate.pass();
    if (this.#gate.isCancelled) this.interrupt.interrupt();
  }

  #show(text: string): void {
    if (this.#cutter.isCut) this.interrupt.interrupt();
    if (text !== '' && !this.#gate.isCancelled) this.#emit({ kind: 'text', text });
  }
}

/** The chat template of the model writes the prompt; without one, every message is a line `Role: content`. */
function encodePrompt(tokenizer: LibraryTokenizer, messages: readonly LocalChatMessage[]): Prompt {
  const hasTemplate = (tokenizer.chat_template ?? null) !== null;
  const text = hasTemplate ? renderTemplate(tokenizer, messages) : renderLines(messages);
  const inputs = tokenizer(text, { add_special_tokens: !hasTemplate });
  return { inputs, promptTokens: inputs.input_ids.dims.at(-1) ?? 0 };
}

/** Templates refuse what their model was not trained for, such as two messages of one role in a row. */
function renderTemplate(tokenizer: LibraryTokenizer, messages: readonly LocalChatMessage[]): string {
  try {
    return String(tokenizer.apply_chat_template(messages, { add_generation_prompt: true, tokenize: false }));
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw badField('messages', `the chat template of this model refuses them: ${reason.slice(0, 200)}`);
  }
}

function renderLines(messages: readonly LocalChatMessage[]): string {
  const lines = messages.map(({ role, content }) => `${role.charAt(0).toUpperCase()}${role.slice(1)}: ${content}`);
  return [...lines, 'Assistant:'].join('\n');
}

function samplingOptions(work: ChatWork): object {
  const { temperature, topP, topK, repetitionPenalty } = work;
  const penalty = repetitionPenalty === undefined ? {} : { repetition_penalty: repetitionPenalty };
  if (temperature === 0) return { do_sample: false, ...penalty };
  const limit = topK === undefined ? {} : { top_k: topK };
  const nucleus = topP === undefined || topP >= 1 ? {} : { logits_processor: [nucleusProcessor(topP)] };
  return { do_sample: true, temperature, ...limit, ...nucleus, ...penalty };
}

function contextOf(model: LibraryLanguageModel, configured: number | undefined): number | undefined {
  const config = asObject(model.config);
  const sizes = [configured, ...CONTEXT_MEMBERS.map((name) => config[name])];
  const known = sizes.filter((size) => typeof size === 'number').filter((size) => size > 0);
  return known.length === 0 ? undefined : Math.min(...known);
}

function endTokensOf(model: LibraryLanguageModel): ReadonlySet<number> {
  const tokens = [model.generation_config, model.config].flatMap((config) => asObject(config)['eos_token_id'] ?? []);
  return new Set(tokens.map(Number));
}
