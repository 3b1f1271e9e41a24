import { isJsonObject } from '../lib/json.ts';
import { LocalModelError } from './transformers-failure.ts';

/*
 * What the router uses of the library `@huggingface/transformers`, an optional peer whose types are not there when it
 * is not installed: https://huggingface.co/docs/transformers.js/api/transformers
 */

export interface LibraryTensor {
  readonly dims: readonly number[];
  readonly data: unknown;
  tolist(): unknown;
}

export interface LibraryTokenizer {
  (text: string, options: { readonly add_special_tokens: boolean }): { readonly input_ids: LibraryTensor };
  readonly chat_template?: unknown;
  readonly model_max_length?: unknown;
  apply_chat_template(
    messages: readonly unknown[],
    options: { readonly add_generation_prompt: boolean; readonly tokenize: false },
  ): unknown;
}

/** Changes the logits of the next token in place or gives new ones. */
export type LogitsProcessor = (tokens: unknown, logits: LibraryTensor) => LibraryTensor;

export interface LibraryLanguageModel {
  readonly config?: unknown;
  readonly generation_config?: unknown;
  generate(options: Readonly<Record<string, unknown>>): Promise<unknown>;
  dispose(): Promise<unknown>;
}

export interface LibraryEmbedder {
  (texts: readonly string[], options: { readonly pooling: 'mean'; readonly normalize: true }): Promise<LibraryTensor>;
  readonly tokenizer: LibraryTokenizer;
  dispose(): Promise<unknown>;
}

export interface LoadOptions {
  readonly dtype: string;
  readonly device: string;
  readonly local_files_only: true;
}

export interface StreamerOptions {
  readonly skip_prompt: true;
  readonly skip_special_tokens: true;
  readonly callback_function: (text: string) => void;
  readonly token_callback_function: (tokens: readonly bigint[]) => void;
}

export interface LibraryInterrupt {
  interrupt(): void;
}

export interface TransformersLibrary {
  readonly env: Record<string, unknown>;
  readonly AutoTokenizer: {
    from_pretrained(folder: string, options: { readonly local_files_only: true }): Promise<LibraryTokenizer>;
  };
  readonly AutoModelForCausalLM: {
    from_pretrained(folder: string, options: LoadOptions): Promise<LibraryLanguageModel>;
  };
  readonly TextStreamer: new (tokenizer: LibraryTokenizer, options: StreamerOptions) => unknown;
  readonly InterruptableStoppingCriteria: new () => LibraryInterrupt;
  /** Without a number it takes one of the system's. */
  readonly random: { seed(seed?: number): void };
  pipeline(task: 'feature-extraction', folder: string, options: LoadOptions): Promise<LibraryEmbedder>;
}

const MEMBERS = [
  'env',
  'AutoTokenizer',
  'AutoModelForCausalLM',
  'TextStreamer',
  'InterruptableStoppingCriteria',
  'random',
  'pipeline',
] as const satisfies readonly (keyof TransformersLibrary)[];

/** Its messages go to the standard output, which is not theirs. */
const LOG_NOTHING = 50;

/** Loads the library and takes the network from it. Throws a LocalModelError where it is missing or another one. */
export async function importLibrary(packageName: string): Promise<TransformersLibrary> {
  const library = await importPackage(packageName);
  const missing = MEMBERS.filter((name) => library[name] === undefined);
  if (missing.length > 0) {
    throw unavailable(`${packageName} in another version: ^4.3.1 is needed`, `it lacks ${missing.join(', ')}`);
  }
  const { env } = library as unknown as TransformersLibrary;
  Object.assign(env, {
    allowRemoteModels: false,
    allowLocalModels: true,
    useFSCache: false,
    useBrowserCache: false,
    logLevel: LOG_NOTHING,
    fetch: refuseToFetch,
  });
  return library as unknown as TransformersLibrary;
}

async function importPackage(packageName: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const module: unknown = await import(packageName);
    return isJsonObject(module) ? module : {};
  } catch (thrown) {
    const isMissing = (thrown as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const what = isMissing ? `${packageName}, which is not installed` : `${packageName}, which cannot be loaded`;
    throw unavailable(`the package ${what}: npm install ${packageName}`, String(thrown));
  }
}

function unavailable(need: string, detail: string): LocalModelError {
  return new LocalModelError({
    status: 503,
    code: 'local_model_unavailable',
    message: `Local models need ${need}`,
    detail: `${need} (${detail})`,
  });
}

function refuseToFetch(): never {
  throw new Error('local models are never fetched');
}
