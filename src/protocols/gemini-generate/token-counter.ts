import type { JsonObject } from '../../lib/json.ts';
import type { TokenCounter } from '../protocol.ts';
import { badAnswer } from '../read-answer.ts';

/** https://ai.google.dev/api/tokens#method:-models.counttokens */
export const tokenCounter: TokenCounter = {
  encodeRequest: (chatBody, model) => {
    const name = model.includes('/') ? model : `models/${model}`;
    return { generateContentRequest: { ...chatBody, model: name } };
  },
  decodeResponse: (body: JsonObject) => {
    const total = body['totalTokens'];
    // Nothing at all is counted as nothing, and 0 is left out of answers in this form of JSON.
    if (total === undefined && Object.keys(body).every((name) => name !== 'error')) return 0;
    if (typeof total === 'number' && Number.isInteger(total) && total >= 0) return total;
    throw badAnswer(`no count of tokens: ${JSON.stringify(body)}`);
  },
};
