import type { RequestNeeds } from '../canonical/needs.ts';
import type { JsonValue } from '../lib/json.ts';

/** `needs` of a request that asks for `said` answers at once. */
export function withAnswerCount(needs: RequestNeeds, said: JsonValue | undefined): RequestNeeds {
  return typeof said === 'number' && said > 1 ? { ...needs, answerCount: said } : needs;
}
