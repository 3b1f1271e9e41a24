import { says, type VendorError } from '../../support/vendors/script.ts';
import type { VendorId } from '../../support/vendors/vendors.ts';
import type { Scenario } from '../scenario.ts';
import { USAGE } from './usage.ts';

type Words = Readonly<Record<VendorId, string>>;

interface Failure {
  readonly name: string;
  /** What OpenAI answers; other vendors have statuses of their own for the same. */
  readonly status: number;
  readonly statuses?: Readonly<Partial<Record<VendorId, number>>>;
  /** The vendors' own words for it. */
  readonly types: Words;
  readonly retryAfterSeconds?: number;
  /** Code in the record. */
  readonly code: string;
}

const BAD_REQUEST: Failure = {
  name: 'a refused request',
  status: 400,
  types: types('invalid_value', 'invalid_request_error', 'INVALID_ARGUMENT'),
  code: 'upstream.rejected',
};

const OVERLOADED: Failure = {
  name: 'an overloaded provider',
  status: 503,
  statuses: { anthropic: 529 },
  types: types('server_is_overloaded', 'overloaded_error', 'UNAVAILABLE'),
  code: 'upstream.overloaded',
};

const FAILURES: readonly Failure[] = [
  {
    name: 'a refused key',
    status: 401,
    types: types('invalid_api_key', 'authentication_error', 'UNAUTHENTICATED'),
    code: 'upstream.auth',
  },
  {
    name: 'an unknown model',
    status: 404,
    types: types('model_not_found', 'not_found_error', 'NOT_FOUND'),
    code: 'upstream.not_found',
  },
  {
    name: 'too many requests',
    status: 429,
    types: types('rate_limit_exceeded', 'rate_limit_error', 'RESOURCE_EXHAUSTED'),
    retryAfterSeconds: 17,
    code: 'upstream.rate_limited',
  },
  {
    name: 'a failure of the provider',
    status: 500,
    types: types('server_error', 'api_error', 'INTERNAL'),
    code: 'upstream.failed',
  },
  OVERLOADED,
];

/** The last two vendors have no word beside the status. */
function types(openai: string, anthropic: string, gemini: string): Words {
  return { 'openai-chat': openai, 'openai-responses': openai, anthropic, gemini, cohere: '', ollama: '' };
}

function errorOf({ status, statuses, types: words, retryAfterSeconds }: Failure, vendor: VendorId): VendorError {
  return {
    status: statuses?.[vendor] ?? status,
    type: words[vendor],
    message: 'No, said the vendor.',
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

const HALF = says('Half of what was to be said.', USAGE);

const refusing = (failure: Failure): Scenario => ({
  name: failure.name,
  question: { words: 'Hello' },
  answers: (vendor) => [{ ...HALF, error: errorOf(failure, vendor) }],
  ends: 'error',
  recorded: { default: failure.code },
});

/** What an SDK makes of status 400. */
export const REFUSED_REQUEST: Scenario = refusing(BAD_REQUEST);

export const FAILING: readonly Scenario[] = [
  REFUSED_REQUEST,
  ...FAILURES.map(refusing),
  {
    name: 'an error after the first words',
    question: { words: 'Hello' },
    answers: (vendor) => [{ ...HALF, error: errorOf(OVERLOADED, vendor), errorAfterPieces: 2 }],
    modes: ['streamed'],
    ends: 'broken',
    recorded: {
      default: 'upstream.overloaded',
      // These tell it in words only.
      'openai-chat': 'upstream.failed',
      cohere: 'upstream.failed',
      ollama: 'upstream.failed',
    },
  },
  {
    name: 'a connection that breaks after the first words',
    question: { words: 'Hello' },
    answers: [{ ...HALF, cutAfterPieces: 2 }],
    ends: 'broken',
    recorded: { default: 'upstream.truncated' },
  },
];
