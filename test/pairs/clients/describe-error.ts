import type { ObservedError } from '../client.ts';

/** Errors of SDKs that have a class for each status, with the status and the headers of the answer. */
export function describeApiError(thrown: unknown): ObservedError {
  if (!(thrown instanceof Error)) return { name: typeof thrown, status: undefined };
  const { status, headers } = thrown as { status?: number; headers?: Headers };
  return { name: thrown.constructor.name, status, retryAfter: headers?.get?.('retry-after') ?? undefined };
}
