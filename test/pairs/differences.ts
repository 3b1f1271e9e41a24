import type { VendorAnswer } from '../support/vendors/script.ts';
import type { VendorId } from '../support/vendors/vendors.ts';
import type { Client, Observation } from './client.ts';
import { DIFFERENCES } from './difference-table.ts';
import type { Outcome } from './play.ts';
import { answersOf, type Mode, type Scenario } from './scenario.ts';

/** One call of one client through the router. */
export interface Place {
  readonly client: Client;
  readonly vendor: VendorId;
  readonly scenario: Scenario;
  readonly mode: Mode;
}

/** Where and how what a client gets through the router is not what it gets of its own vendor, and why. */
export interface Difference {
  readonly what: string;
  readonly why: string;
  /** Of the provider; all where it is not said. */
  readonly vendors?: readonly VendorId[];
  /** Vendors that the clients were made for. */
  readonly dialects?: readonly VendorId[];
  readonly clients?: readonly string[];
  readonly scenarios?: readonly string[];
  readonly modes?: readonly Mode[];
  /** What becomes of each answer; `said` is what the vendor says. */
  readonly answer?: (answer: Observation, said: VendorAnswer) => Observation;
  /** The router refuses the call with status 400 after so many answers. */
  readonly refusedAfter?: number;
  /** The SDK throws, whatever its error is. */
  readonly breaks?: true;
  /** The status that the SDK shows, and its error's class by the class without the router. */
  readonly error?: {
    readonly status?: number;
    readonly names?: Readonly<Record<string, string>>;
    readonly retryAfter?: string;
  };
  /** Members of the record that are not as at other vendors. */
  readonly record?: Readonly<Record<string, unknown>>;
}

export interface Expectation {
  readonly outcome: Outcome;
  readonly record: Readonly<Record<string, unknown>>;
}

export function differencesAt({ client, vendor, scenario, mode }: Place): readonly Difference[] {
  return DIFFERENCES.filter(
    ({ vendors, dialects, clients, scenarios, modes }) =>
      includes(vendors, vendor) &&
      includes(dialects, client.vendor) &&
      includes(clients, client.name) &&
      includes(scenarios, scenario.name) &&
      includes(modes, mode),
  );
}

function includes<T>(list: readonly T[] | undefined, value: T): boolean {
  return list === undefined || list.includes(value);
}

/** What must come out through the router, made of what comes out without; `refusal` is the outcome of a refused call. */
export function expectedAt(place: Place, direct: Outcome, refusal: Outcome): Expectation {
  const differences = differencesAt(place);
  const said = answersOf(place.scenario, place.vendor);
  let outcome = direct;
  for (const difference of differences) outcome = changed(outcome, difference, { said, refusal, mode: place.mode });
  return { outcome, record: Object.assign({}, ...differences.map(({ record }) => record)) };
}

interface Around {
  readonly said: readonly VendorAnswer[];
  readonly refusal: Outcome;
  readonly mode: Mode;
}

function changed(outcome: Outcome, difference: Difference, { said, refusal, mode }: Around): Outcome {
  const { answer, refusedAfter, breaks, error } = difference;
  const { answers } = outcome;
  if (refusedAfter !== undefined) return { ...refusal, answers: answers.slice(0, refusedAfter) };
  if (breaks === true) {
    const text = answers.map((each) => each.text).join('');
    return { answers: [], error: 'any', pieces: mode === 'streamed' ? text : '' };
  }
  if (error !== undefined) return { ...outcome, ...changedError(outcome, error) };
  if (answer === undefined) return outcome;
  return { ...outcome, answers: answers.map((each, index) => answer(each, said[index] as VendorAnswer)) };
}

function changedError(
  { error }: Outcome,
  { status, names, retryAfter }: NonNullable<Difference['error']>,
): Partial<Outcome> {
  if (error === undefined || error === 'any') return {};
  return {
    error: {
      ...error,
      name: names?.[error.name] ?? error.name,
      ...(status !== undefined && { status }),
      ...(retryAfter !== undefined && { retryAfter }),
    },
  };
}
