import type { LibraryTensor, LogitsProcessor } from './transformers-package.ts';

/**
 * Keeps only the most likely tokens that together reach the probability `topP`: the library knows the parameter and
 * does not apply it.
 */
export function nucleusProcessor(topP: number): LogitsProcessor {
  return (_tokens, logits: LibraryTensor) => {
    if (logits.data instanceof Float32Array) keepNucleus(logits.data, topP);
    return logits;
  };
}

/** Sets the logits outside the nucleus to minus infinity. The most likely token always stays. */
export function keepNucleus(logits: Float32Array, topP: number): void {
  const kept = nucleusOf(logits, topP).map((token) => [token, logits[token] ?? 0] as const);
  logits.fill(Number.NEGATIVE_INFINITY);
  for (const [token, logit] of kept) logits[token] = logit;
}

function nucleusOf(logits: Float32Array, topP: number): readonly number[] {
  const highest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const weights = Float64Array.from(logits, (logit) => Math.exp(logit - highest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const sorted = likelyTokens(weights, ((1 - topP) * total) / weights.length);
  let sum = 0;
  const end = sorted.findIndex((token) => {
    sum += weights[token] ?? 0;
    return sum >= topP * total;
  });
  return end < 0 ? sorted : sorted.slice(0, end + 1);
}

/**
 * The heaviest token first. All tokens below the average share of what the nucleus leaves out make less than that
 * together: only the others have to be put in order.
 */
function likelyTokens(weights: Float64Array, negligible: number): readonly number[] {
  const tokens: number[] = [];
  weights.forEach((weight, token) => {
    if (weight >= negligible) tokens.push(token);
  });
  return tokens.sort((left, right) => (weights[right] ?? 0) - (weights[left] ?? 0));
}
