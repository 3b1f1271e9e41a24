import { asArray } from '../lib/json.ts';
import type { LoadedModel } from './transformers-chat-model.ts';
import { badField } from './transformers-failure.ts';
import type { ModelThreadData } from './transformers-messages.ts';
import type { LibraryEmbedder, TransformersLibrary } from './transformers-package.ts';

/** Texts at once: a batch is as long as its longest text. */
const BATCH_SIZE = 16;

/** Loads a folder for embeddings: the mean of the tokens' vectors, of length 1. */
export async function loadEmbedder(
  library: TransformersLibrary,
  { folder, device }: ModelThreadData,
  dtype: string,
): Promise<LoadedModel> {
  const embedder = await library.pipeline('feature-extraction', folder, { dtype, device, local_files_only: true });
  return {
    run: async (work, gate, emit) => {
      if (work.kind !== 'embedding') throw badField('model', 'this model embeds and does not chat');
      const promptTokens = countTokens(embedder, work.texts);
      const vectors: number[][] = [];
      for (let start = 0; start < work.texts.length && !gate.isCancelled; start += BATCH_SIZE) {
        vectors.push(...(await embed(embedder, work.texts.slice(start, start + BATCH_SIZE))));
      }
      emit({ kind: 'embedded', vectors, promptTokens });
    },
    dispose: async () => {
      await embedder.dispose();
    },
  };
}

async function embed(embedder: LibraryEmbedder, texts: readonly string[]): Promise<number[][]> {
  const vectors = (await embedder(texts, { pooling: 'mean', normalize: true })).tolist();
  return asArray(vectors).map((vector) => asArray(vector).map(Number));
}

function countTokens({ tokenizer }: LibraryEmbedder, texts: readonly string[]): number {
  const lengths = texts.map((text) => tokenizer(text, { add_special_tokens: true }).input_ids.dims.at(-1) ?? 0);
  return lengths.reduce((sum, length) => sum + length, 0);
}
