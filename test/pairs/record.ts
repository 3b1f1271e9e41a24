import type { Expectation, Place } from './differences.ts';
import { answersOf } from './scenario.ts';

/** What the router must have written down about the last call of a scenario. */
export function recordedAt({ scenario, vendor, mode }: Place, { outcome, record }: Expectation): object {
  const { recorded = {} } = scenario;
  const word = recorded[vendor] ?? recorded.default ?? 'stop';
  const call = { provider_name: vendor, is_stream: mode === 'streamed' };
  if (outcome.error !== undefined) return { ...call, status: 'error', error_code: word, ...record };
  const usage = answersOf(scenario, vendor).at(-1)?.usage;
  if (usage === undefined) throw new Error('a scenario without answers');
  return {
    ...call,
    status: 'success',
    finish_reason: word,
    prompt_tokens: usage.freshInput + usage.cacheRead + usage.cacheWrite,
    completion_tokens: usage.output,
    usage_source: 'provider',
    ...record,
  };
}
