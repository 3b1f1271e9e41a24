import type { ModelEntry } from '../config/snapshot.ts';
import type { ErrorCode } from '../errors/codes.ts';
import type { Verdict } from './doctor-finding.ts';
import { FIRST_TOKEN_MS } from './doctor-gateway.ts';

/** What a failed question was about. */
export interface FailedQuestion {
  readonly model: ModelEntry;
  readonly upstreamStatus: number | undefined;
  /** Where the key comes from: the names of variables, or words for it. */
  readonly keySource: string;
  /** Names that the provider lists and that come close to the model's. */
  readonly nearest: readonly string[];
}

interface Diagnosis {
  readonly verdict: Verdict;
  readonly advise: (question: FailedQuestion) => string;
}

/** Codes that are not listed have no remedy but to try again. */
const DIAGNOSES: Readonly<Partial<Record<ErrorCode, Diagnosis>>> = {
  'upstream.auth': { verdict: 'problem', advise: adviseAuth },
  'upstream.quota': {
    verdict: 'problem',
    advise: () => "the quota or the credit is used up: see the vendor's page for billing and limits",
  },
  'upstream.rate_limited': {
    verdict: 'warning',
    advise: () => 'the key works, but its limits are used up for now: ask again later',
  },
  'upstream.not_found': { verdict: 'problem', advise: adviseModel },
  'upstream.timeout': {
    verdict: 'problem',
    advise: ({ model }) =>
      `${model.key} was silent for ${FIRST_TOKEN_MS / 1000} s: ask again if it has to be loaded first; otherwise try another model`,
  },
  'upstream.unreachable': {
    verdict: 'problem',
    advise: ({ model }) => `the connection to ${model.provider.baseUrl} broke: check the network, or the proxy`,
  },
  'upstream.bad_response': {
    verdict: 'problem',
    advise: ({ model }) =>
      `something else than a model answers at ${model.provider.baseUrl}: check base_url, settings.endpoint and protocols`,
  },
  'upstream.redirected': {
    verdict: 'problem',
    advise: ({ model }) =>
      `${model.provider.baseUrl} has moved: write the new address as base_url, because redirects are not followed`,
  },
  'upstream.rejected': {
    verdict: 'problem',
    advise: ({ model }) => `the provider refuses the request: check default_params of ${model.key}, and protocols`,
  },
  'model.unavailable': { verdict: 'problem', advise: () => 'check the settings of the provider' },
};

const LATER: Diagnosis = { verdict: 'problem', advise: () => 'the provider has trouble now: ask again later' };

/** What to do about an error, and how bad it is. */
export function diagnose(code: ErrorCode | undefined, question: FailedQuestion): { verdict: Verdict; advice: string } {
  const { verdict, advise } = (code === undefined ? undefined : DIAGNOSES[code]) ?? LATER;
  return { verdict, advice: advise(question) };
}

const AUTH_ADVICE: Readonly<Record<number, string>> = {
  402: 'the account has no credit',
  403: 'it may not use this model, or not from this region',
};

function adviseAuth({ upstreamStatus = 401, keySource }: FailedQuestion): string {
  const reason = AUTH_ADVICE[upstreamStatus] ?? 'it is wrong, has expired, or belongs to another host or region';
  return `the key is refused (${upstreamStatus}): ${reason}; check ${keySource}`;
}

function adviseModel({ model, nearest }: FailedQuestion): string {
  const hint = nearest.length === 0 ? '' : `: did you mean ${nearest.join(', ')}?`;
  return `the provider does not know ${model.upstreamName}; correct remote_identifier or name${hint}`;
}
