import type { VendorAnswer } from '../support/vendors/script.ts';
import type { VendorId } from '../support/vendors/vendors.ts';
import type { Client, Feature, Question, ToolOutput } from './client.ts';

export const MODES = ['whole', 'streamed'] as const;

export type Mode = (typeof MODES)[number];

/** What the client adds after an answer. */
export interface Step {
  /** One for each call of the answer before. */
  readonly outputs?: readonly ToolOutput[];
  readonly words?: string;
}

export interface Scenario {
  readonly name: string;
  readonly question: Question;
  /** Asks the vendor's model that does not reason, because the other one refuses such requests. */
  readonly isPlain?: true;
  /** What the vendor says, call by call; a function where vendors have words of their own for it. */
  readonly answers: readonly VendorAnswer[] | ((vendor: VendorId) => readonly VendorAnswer[]);
  /** What the client adds between the answers. */
  readonly steps?: readonly Step[];
  readonly needs?: readonly Feature[];
  readonly modes?: readonly Mode[];
  /** Texts that the vendor must have got in the last request, whatever its format. */
  readonly sent?: readonly string[];
  /** `broken`: the SDK must throw after the words that came; which error that is, is the SDK's business. */
  readonly ends?: 'answer' | 'error' | 'broken';
  /**
   * Finish reason, or the code of the error, in the last record: `stop` where it is not said. A vendor that is not named
   * has the default.
   */
  readonly recorded?: Readonly<Partial<Record<VendorId | 'default', string>>>;
}

export const answersOf = ({ answers }: Scenario, vendor: VendorId): readonly VendorAnswer[] =>
  typeof answers === 'function' ? answers(vendor) : answers;

/** The scenarios whose features the SDK has. */
export function scenariosOf({ lacks }: Client, scenarios: readonly Scenario[]): readonly Scenario[] {
  return scenarios.filter(({ needs = [] }) => needs.every((feature) => !lacks.has(feature)));
}
