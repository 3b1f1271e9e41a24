import { type Place, placeOf } from './place.ts';
import type { ProblemList } from './problem-list.ts';
import type { ModelTable } from './tables/model.ts';
import type { ProviderTable } from './tables/provider.ts';

const MAXIMA = ['max_requests', 'max_tokens', 'max_concurrency'] as const;

/** `place` is that of the model, as that of the provider below. */
export function checkModelLimit({ rate_limit: limit }: ModelTable, place: Place, problems: ProblemList): void {
  if (limit === undefined) return;
  const at = placeOf(place, 'rate_limit');
  if (MAXIMA.some((name) => limit[name] !== undefined)) checkBurst(limit, at, problems);
  else problems.add('error', at, '`max_requests`, `max_tokens` or `max_concurrency` is missing');
}

/** It may limit nothing: it also says how long requests for its models may wait. */
export function checkProviderLimit({ rate_limit: limit }: ProviderTable, place: Place, problems: ProblemList): void {
  if (limit !== undefined) checkBurst(limit, placeOf(place, 'rate_limit'), problems);
}

function checkBurst(
  { burst_size: burst, max_requests: requests }: NonNullable<ProviderTable['rate_limit']>,
  place: Place,
  problems: ProblemList,
): void {
  if (burst === undefined) return;
  const at = placeOf(place, 'burst_size');
  if (requests === undefined) problems.add('warning', at, 'has no effect without `max_requests`');
  else if (burst < requests) problems.add('error', at, `expected at least max_requests (${requests}), found ${burst}`);
}
