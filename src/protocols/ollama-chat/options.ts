import type { ChatRequest } from '../../canonical/chat.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

/** What a request says in the `options` of Ollama. */
export type OptionFields = Pick<
  ChatRequest,
  'maxOutputTokens' | 'temperature' | 'topP' | 'topK' | 'frequencyPenalty' | 'presencePenalty' | 'seed' | 'stop'
>;

interface NumberOption {
  readonly wireName: string;
  readonly field: Exclude<keyof OptionFields, 'stop'>;
}

/** Options that mean the same in both forms: https://docs.ollama.com/modelfile#valid-parameters-and-values */
const NUMBER_OPTIONS: readonly NumberOption[] = [
  { wireName: 'num_predict', field: 'maxOutputTokens' },
  { wireName: 'temperature', field: 'temperature' },
  { wireName: 'top_p', field: 'topP' },
  { wireName: 'top_k', field: 'topK' },
  { wireName: 'frequency_penalty', field: 'frequencyPenalty' },
  { wireName: 'presence_penalty', field: 'presencePenalty' },
  { wireName: 'seed', field: 'seed' },
];

/** Options without a canonical field. Other formats' clients and the configuration may name them at their top level. */
export const OWN_OPTIONS: ReadonlySet<string> = new Set([
  'draft_num_predict',
  'main_gpu',
  'min_p',
  'mirostat',
  'mirostat_eta',
  'mirostat_tau',
  'num_batch',
  'num_ctx',
  'num_gpu',
  'num_keep',
  'num_thread',
  'penalize_newline',
  'repeat_last_n',
  'repeat_penalty',
  'tfs_z',
  'typical_p',
  'use_mmap',
]);

export interface DecodedOptions {
  readonly fields: OptionFields;
  /** Options that no canonical field can say. */
  readonly rest: JsonObject;
}

export function decodeOptions(value: JsonValue | undefined): DecodedOptions {
  const { stop, ...others } = isJsonObject(value) ? value : {};
  const rest: Record<string, JsonValue> = {};
  let fields: OptionFields = {};
  for (const [name, option] of Object.entries(others)) {
    const known = NUMBER_OPTIONS.find(({ wireName }) => wireName === name);
    if (known !== undefined && isSaid(known, option)) fields = { ...fields, [known.field]: option };
    else if (option !== undefined) rest[name] = option;
  }
  if (isTextList(stop)) fields = { ...fields, stop };
  else if (stop !== undefined) rest['stop'] = stop;
  return { fields, rest };
}

/** A negative limit of tokens is Ollama's word for none. */
function isSaid({ field }: NumberOption, value: JsonValue | undefined): boolean {
  return typeof value === 'number' && (field !== 'maxOutputTokens' || value >= 0);
}

function isTextList(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Name of the option for a canonical field with one number. */
export function optionNameOf(field: NumberOption['field']): string {
  return NUMBER_OPTIONS.find((option) => option.field === field)?.wireName ?? field;
}
