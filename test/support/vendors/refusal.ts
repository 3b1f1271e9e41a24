import type { VendorError } from './script.ts';

/** An answer that is not 200: what the vendor says, and why in one line for tests. */
export interface Refusal {
  readonly status: number;
  readonly body: unknown;
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Looks at a request and says what is wrong with it; undefined where this rule has nothing to say. */
export type Rule<Input, Complaint> = (input: Input) => Complaint | undefined;

/** The complaint of the first rule that has one. */
export function firstComplaint<Input, Complaint>(
  rules: readonly Rule<Input, Complaint>[],
  input: Input,
): Complaint | undefined {
  for (const rule of rules) {
    const complaint = rule(input);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

/** The header of vendors that say in it when it is worth asking again. */
export function retryHeaders({ retryAfterSeconds }: VendorError): Readonly<Record<string, string>> {
  return retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
}
