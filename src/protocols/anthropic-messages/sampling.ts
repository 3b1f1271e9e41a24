import type { FieldEncoder, RequestDraft } from '../encode-fields.ts';
import { encodeReasoning } from './encode-reasoning.ts';
import { traitsOf } from './model-traits.ts';

/*
 * Newer models refuse every value but the one they use anyway, and models that are told to think most values:
 * https://platform.claude.com/docs/en/build-with-claude/extended-thinking#feature-compatibility
 */

const MOST_TEMPERATURE = 1;

/** Taken by all models, because it changes nothing. */
const HARMLESS_TEMPERATURE = 1;
const HARMLESS_TOP_P = 1;
const LEAST_TOP_P_WITH_THINKING = 0.95;

/** Undefined where the parameter may be sent. */
function refusalOf(draft: RequestDraft): string | undefined {
  const { isClaude, sampling } = traitsOf(draft.options.model);
  if (sampling === 'none') return 'refused by the model';
  return isClaude && encodeReasoning(draft).isOn ? 'refused while the model thinks' : undefined;
}

export const encodeTemperature: FieldEncoder<number> = (temperature, draft) => {
  const { body, ledger } = draft;
  const refusal = temperature === HARMLESS_TEMPERATURE ? undefined : refusalOf(draft);
  if (refusal !== undefined) {
    ledger.dropped('temperature', 'minor', refusal);
    return;
  }
  if (temperature > MOST_TEMPERATURE) ledger.approximated('temperature', 'minor', `${MOST_TEMPERATURE} at most`);
  body['temperature'] = Math.min(temperature, MOST_TEMPERATURE);
};

/** Stands after the encoder of the temperature, because some models take only one of the two. */
export const encodeTopP: FieldEncoder<number> = (topP, draft) => {
  const { body, ledger, options } = draft;
  const traits = traitsOf(options.model);
  const least = traits.sampling === 'none' ? HARMLESS_TOP_P : LEAST_TOP_P_WITH_THINKING;
  const refusal = topP >= least ? undefined : refusalOf(draft);
  const isSecond = traits.sampling !== 'all' && body['temperature'] !== undefined;
  if (refusal === undefined && !isSecond) body['top_p'] = topP;
  else ledger.dropped('top_p', 'minor', refusal ?? 'refused beside temperature');
};

export const encodeTopK: FieldEncoder<number> = (topK, draft) => {
  const refusal = refusalOf(draft);
  if (refusal === undefined) draft.body['top_k'] = topK;
  else draft.ledger.dropped('top_k', 'minor', refusal);
};
