import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lookupModel } from './onnx.ts';
import { buildVocabulary, SPECIAL_TOKENS, type TinyVocabulary } from './tiny-vocabulary.ts';

/*
 * Writes a folder that `@huggingface/transformers` loads as a model: the same bytes every time, nothing downloaded.
 * As a command: node --import tsx test/local-model/tiny-model.ts <folder>
 */

export interface TinyModelOptions {
  /** `sentence` says `SENTENCE` and ends, `endless` says it again and again, `embedding` embeds. */
  readonly kind?: 'sentence' | 'endless' | 'embedding';
  readonly hasChatTemplate?: boolean;
  /** Tokens of prompt and answer. */
  readonly context?: number;
  /** File of the weights in the folder `onnx`. */
  readonly weights?: string;
}

/** Far above the 0 of all other tokens, and not so far that a high temperature could not choose one of them. */
const LIKELY = 12;
const EMBEDDING_SIZE = 8;
const DEFAULT_CONTEXT = 2048;

const CHAT_TEMPLATE =
  "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'alien' %}{{ raise_exception('no aliens') }}" +
  "{% endif %}<|user|>{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}" +
  '{% if add_generation_prompt %}<|assistant|>{% endif %}';

export function writeTinyModel(folder: string, options: TinyModelOptions = {}): void {
  const { kind = 'sentence', weights = 'model.onnx' } = options;
  const vocabulary = buildVocabulary();
  const files: Readonly<Record<string, object>> = {
    'config.json': modelConfig(vocabulary, options),
    'generation_config.json': generationConfig(vocabulary),
    'tokenizer_config.json': tokenizerConfig(options),
    'tokenizer.json': tokenizer(vocabulary),
  };
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
  const table = kind === 'embedding' ? embeddingTable(vocabulary) : chainTable(vocabulary, kind === 'endless');
  writeFileSync(join(folder, 'onnx', weights), lookupModel(table));
}

/** After each word of the sentence the next one, after anything else the first. */
function chainTable({ tokens, sentence, idOf }: TinyVocabulary, isEndless: boolean) {
  const size = tokens.length;
  const [first = 0] = sentence;
  const values = new Float32Array(size * size);
  const next = new Map(
    sentence.map((id, position) => [id, sentence[position + 1] ?? (isEndless ? first : idOf('<|end|>'))]),
  );
  for (let token = 0; token < size; token += 1) values[token * size + (next.get(token) ?? first)] = LIKELY;
  return { output: 'logits', rows: size, columns: size, values };
}

/** Any numbers that differ from token to token. */
function embeddingTable({ tokens }: TinyVocabulary) {
  const values = Float32Array.from({ length: tokens.length * EMBEDDING_SIZE }, (_, index) => Math.sin(index + 1));
  return { output: 'last_hidden_state', rows: tokens.length, columns: EMBEDDING_SIZE, values };
}

function modelConfig({ tokens, idOf }: TinyVocabulary, { kind, context = DEFAULT_CONTEXT }: TinyModelOptions): object {
  const isEmbedding = kind === 'embedding';
  return {
    model_type: isEmbedding ? 'bert' : 'gpt2',
    architectures: [isEmbedding ? 'BertModel' : 'GPT2LMHeadModel'],
    vocab_size: tokens.length,
    n_positions: context,
    n_embd: EMBEDDING_SIZE,
    n_head: 1,
    n_layer: 0,
    bos_token_id: idOf('<|begin|>'),
    eos_token_id: idOf('<|end|>'),
  };
}

function generationConfig({ idOf }: TinyVocabulary): object {
  const end = idOf('<|end|>');
  return { bos_token_id: idOf('<|begin|>'), eos_token_id: end, pad_token_id: end };
}

function tokenizerConfig({ hasChatTemplate = true }: TinyModelOptions): object {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: '<|begin|>',
    eos_token: '<|end|>',
    pad_token: '<|end|>',
    clean_up_tokenization_spaces: false,
    ...(hasChatTemplate ? { chat_template: CHAT_TEMPLATE } : {}),
  };
}

function tokenizer({ tokens, merges, idOf }: TinyVocabulary): object {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const plain = tokens.slice(0, -SPECIAL_TOKENS.length);
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content) => ({ id: idOf(content), content, ...flags })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(plain.map((token, id) => [token, id])),
      merges: merges.map((pair) => pair.join(' ')),
    },
  };
}

const [, script, folder] = process.argv;
if (script === import.meta.filename && folder !== undefined) writeTinyModel(folder);
