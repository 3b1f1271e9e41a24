/** Why a local model does not answer, in the terms of an HTTP answer. Crosses from thread to thread. */
export interface LocalFailure {
  readonly status: 400 | 404 | 429 | 500 | 503;
  readonly code: string;
  /** Safe to show: names no path outside the model's folder. */
  readonly message: string;
  /** The request field that is wrong. */
  readonly param?: string;
  /** For the log. */
  readonly detail?: string;
}

export class LocalModelError extends Error {
  override readonly name = 'LocalModelError';
  readonly failure: LocalFailure;

  constructor(failure: LocalFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** A wrong field of a request: names the field and what is wrong with it. */
export function badField(param: string, problem: string): LocalModelError {
  return new LocalModelError({ status: 400, code: 'invalid_request', message: `${param}: ${problem}`, param });
}

/** What was thrown as a failure; the words of a library may name paths, so they go to the log only. */
export function failureOf(thrown: unknown, otherwise: LocalFailure): LocalFailure {
  if (thrown instanceof LocalModelError) return thrown.failure;
  return { ...otherwise, detail: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) };
}
