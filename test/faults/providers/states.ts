import type { TestRouter } from '../../support/start-router.ts';

/** What a router keeps of one model when all calls are over. */
export interface ModelState {
  /** Failures that count against its health. */
  readonly strikes: number;
  readonly underWay: number;
  /** Taken from its limits and not given back. */
  readonly usedRequests: number;
  readonly usedTokens: number;
}

export const UNTOUCHED: ModelState = { strikes: 0, underWay: 0, usedRequests: 0, usedTokens: 0 };

/** By the model's key, for those that were called. */
export async function statesOf(routers: readonly TestRouter[]): Promise<ReadonlyMap<string, ModelState>> {
  const states = new Map<string, ModelState>();
  for (const router of routers) {
    const { body } = await router.get('/health/detail');
    if (body.calls.in_flight !== 0 || body.calls.waiting !== 0) throw new Error('calls are still under way');
    for (const { model, requests, tokens, calls } of body.limits) {
      const usedRequests = requests.burst_size - requests.left;
      const usedTokens = tokens.burst_size - tokens.left;
      states.set(model, { strikes: 0, underWay: calls.under_way, usedRequests, usedTokens });
    }
    for (const { model, failures } of body.targets) {
      states.set(model, { ...(states.get(model) ?? UNTOUCHED), strikes: failures });
    }
  }
  return states;
}
