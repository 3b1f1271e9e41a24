/*
 * Stands in for `@huggingface/transformers` where the package is not installed: the thread of a model imports this
 * file instead. What a model does is written in its `config.json`; what was done to it is appended to `events.log`.
 */

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface StandInConfig {
  /** What it says; again and again where `isEndless`. */
  readonly words: readonly string[];
  readonly isEndless?: boolean;
  /** Goes on where it is interrupted. */
  readonly isDeaf?: boolean;
  readonly hasTemplate?: boolean;
  readonly context?: number;
  /** The thread ends in the middle of its first generation. */
  readonly crashesOnce?: boolean;
  readonly failsToLoad?: boolean;
  readonly failsToGenerate?: boolean;
}

interface Streamer {
  put(word: string): void;
}

interface Generation {
  readonly prompt: string;
  readonly max_new_tokens: number;
  readonly streamer: Streamer;
  readonly stopping_criteria: readonly { readonly isInterrupted: boolean }[];
}

interface StreamerOptions {
  callback_function(text: string): void;
  token_callback_function(tokens: readonly bigint[]): void;
}

const END_TOKEN = 0;
const WORD_TOKEN = 1;

export const env: Record<string, unknown> = {};

export const random = { seed: (): void => undefined };

export class InterruptableStoppingCriteria {
  isInterrupted = false;

  interrupt(): void {
    this.isInterrupted = true;
  }
}

export class TextStreamer {
  readonly #options: StreamerOptions;

  constructor(_tokenizer: unknown, options: StreamerOptions) {
    this.#options = options;
  }

  put(word: string): void {
    this.#options.token_callback_function([BigInt(word === '' ? END_TOKEN : WORD_TOKEN)]);
    if (word !== '') this.#options.callback_function(word);
  }
}

export const AutoTokenizer = {
  from_pretrained: async (folder: string) => createTokenizer(readConfig(folder)),
};

export const AutoModelForCausalLM = {
  from_pretrained: async (folder: string, options: object) => {
    const config = readConfig(folder);
    if (config.failsToLoad === true) throw new Error(`${folder} is no model`);
    note(folder, 'loaded', { ...options, env: env['allowRemoteModels'] });
    return {
      config: { max_position_embeddings: config.context ?? 100_000 },
      generation_config: { eos_token_id: [END_TOKEN] },
      generate: (generation: Generation) => generate(folder, config, generation),
      dispose: async () => note(folder, 'disposed'),
    };
  },
};

/** A vector of two numbers for each text: its length and 1. */
export async function pipeline(task: string, folder: string) {
  note(folder, 'loaded', { task });
  const embed = async (texts: readonly string[]) => ({ tolist: () => texts.map((text) => [text.length, 1]) });
  const dispose = async (): Promise<void> => note(folder, 'disposed');
  return Object.assign(embed, { tokenizer: createTokenizer({ words: [] }), dispose });
}

function createTokenizer({ hasTemplate = false }: StandInConfig) {
  const encode = (text: string) => ({ prompt: text, input_ids: { dims: [1, text.split(/\s+/).length] } });
  return Object.assign(encode, {
    chat_template: hasTemplate ? 'a template' : null,
    apply_chat_template: (messages: unknown) => `template ${JSON.stringify(messages)}`,
  });
}

async function generate(folder: string, config: StandInConfig, generation: Generation): Promise<void> {
  const { streamer, stopping_criteria: criteria, max_new_tokens: maxTokens, ...options } = generation;
  note(folder, 'generates', { ...options, maxTokens });
  if (config.failsToGenerate === true) throw new Error(`${folder} fails`);
  const isWanted = (): boolean => config.isDeaf === true || criteria.every(({ isInterrupted }) => !isInterrupted);
  for (let count = 0; count < maxTokens && isWanted(); count += 1) {
    await nextTurn();
    const isOver = count >= config.words.length && config.isEndless !== true;
    streamer.put(isOver ? '' : (config.words[count % config.words.length] ?? ''));
    if (isOver) break;
    if (config.crashesOnce === true) crashOnce(folder);
  }
  note(folder, 'generated');
}

function crashOnce(folder: string): void {
  const mark = join(folder, 'crashed');
  if (existsSync(mark)) return;
  writeFileSync(mark, '');
  process.exit(1);
}

function readConfig(folder: string): StandInConfig {
  return JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as StandInConfig;
}

function note(folder: string, event: string, details: object = {}): void {
  appendFileSync(join(folder, 'events.log'), `${JSON.stringify({ event, ...details })}\n`);
}
