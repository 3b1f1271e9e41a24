/** What a window counts: calls, all tokens, those of the prompt, or those of the answer. */
export type LimitUnit = 'requests' | 'tokens' | 'input-tokens' | 'output-tokens';

/** Names of the headers that tell about one limit. */
export interface HeaderWindow {
  /** Tells the windows of one family apart. */
  readonly name: string;
  readonly unit: LimitUnit;
  readonly limit: string;
  readonly remaining: string;
  readonly reset?: string;
  /** Length of the window, for senders that do not say when it ends. */
  readonly spanMs?: number;
}

/** Rate limit headers of one style. */
export interface HeaderFamily {
  /** A sender of any of these headers uses this style. */
  readonly telling: readonly string[];
  /** A window fills up evenly until its reset, not all at once at that moment. */
  readonly isSteady: boolean;
  readonly windows: readonly HeaderWindow[];
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** For days and months whose end nobody names: long enough to stay away, short enough to notice when they are over. */
const HOUR_MS = 60 * MINUTE_MS;

function openAi(name: string, unit: LimitUnit, spanMs: number): HeaderWindow {
  return {
    name,
    unit,
    limit: `x-ratelimit-limit-${name}`,
    remaining: `x-ratelimit-remaining-${name}`,
    reset: `x-ratelimit-reset-${name}`,
    spanMs,
  };
}

function anthropic(name: LimitUnit): HeaderWindow {
  const prefix = `anthropic-ratelimit-${name}`;
  return { name, unit: name, limit: `${prefix}-limit`, remaining: `${prefix}-remaining`, reset: `${prefix}-reset` };
}

/** https://platform.claude.com/docs/en/api/rate-limits */
const ANTHROPIC: HeaderFamily = {
  telling: ['anthropic-ratelimit-requests-remaining', 'anthropic-ratelimit-tokens-remaining'],
  isSteady: true,
  windows: [anthropic('requests'), anthropic('tokens'), anthropic('input-tokens'), anthropic('output-tokens')],
};

/** Each window names its length: https://inference-docs.cerebras.ai/support/rate-limits */
const CEREBRAS: HeaderFamily = {
  telling: ['x-ratelimit-remaining-requests-day', 'x-ratelimit-remaining-requests-minute'],
  isSteady: false,
  windows: [
    openAi('requests-minute', 'requests', MINUTE_MS),
    openAi('requests-hour', 'requests', HOUR_MS),
    openAi('requests-day', 'requests', HOUR_MS),
    openAi('tokens-minute', 'tokens', MINUTE_MS),
    openAi('tokens-hour', 'tokens', HOUR_MS),
    openAi('tokens-day', 'tokens', HOUR_MS),
  ],
};

/** Says nothing about resets: https://docs.mistral.ai/deployment/ai-studio/tier */
const MISTRAL: HeaderFamily = {
  telling: ['x-ratelimit-remaining-req-minute', 'x-ratelimit-remaining-tokens-minute'],
  isSteady: true,
  windows: [
    openAi('req-minute', 'requests', MINUTE_MS),
    openAi('tokens-minute', 'tokens', MINUTE_MS),
    openAi('tokens-month', 'tokens', HOUR_MS),
  ],
};

/** Prompts and answers are counted apart: https://docs.fireworks.ai/guides/quotas_usage/rate-limits */
const FIREWORKS: HeaderFamily = {
  telling: ['x-ratelimit-remaining-tokens-prompt'],
  isSteady: true,
  windows: [
    openAi('requests', 'requests', MINUTE_MS),
    openAi('tokens-prompt', 'input-tokens', MINUTE_MS),
    openAi('tokens-generated', 'output-tokens', MINUTE_MS),
  ],
};

/** Also Groq, xAI and Azure: https://platform.openai.com/docs/guides/rate-limits, https://console.groq.com/docs/rate-limits */
const OPENAI: HeaderFamily = {
  telling: ['x-ratelimit-remaining-requests', 'x-ratelimit-remaining-tokens'],
  isSteady: true,
  windows: [openAi('requests', 'requests', MINUTE_MS), openAi('tokens', 'tokens', MINUTE_MS)],
};

/** Keys for trials only: https://docs.cohere.com/docs/rate-limits */
const COHERE: HeaderFamily = {
  telling: ['x-trial-endpoint-call-remaining'],
  isSteady: true,
  windows: [
    {
      name: 'trial-calls',
      unit: 'requests',
      limit: 'x-trial-endpoint-call-limit',
      remaining: 'x-trial-endpoint-call-remaining',
      spanMs: MINUTE_MS,
    },
  ],
};

/** https://openrouter.ai/docs/api/reference/limits and https://docs.together.ai/docs/rate-limits (seconds of tokens) */
const BARE: HeaderFamily = {
  telling: ['x-ratelimit-remaining'],
  isSteady: false,
  windows: [
    {
      name: 'requests',
      unit: 'requests',
      limit: 'x-ratelimit-limit',
      remaining: 'x-ratelimit-remaining',
      reset: 'x-ratelimit-reset',
    },
    {
      name: 'tokens',
      unit: 'tokens',
      limit: 'x-tokenlimit-limit',
      remaining: 'x-tokenlimit-remaining',
      reset: 'x-tokenlimit-reset',
      spanMs: SECOND_MS,
    },
  ],
};

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/07/ */
const DRAFT: HeaderFamily = {
  telling: ['ratelimit-remaining'],
  isSteady: false,
  windows: [
    {
      name: 'requests',
      unit: 'requests',
      limit: 'ratelimit-limit',
      remaining: 'ratelimit-remaining',
      reset: 'ratelimit-reset',
    },
  ],
};

/** The styles in use. Where two of them share names, the one that tells more comes first. */
export const HEADER_FAMILIES: readonly HeaderFamily[] = [
  ANTHROPIC,
  CEREBRAS,
  MISTRAL,
  FIREWORKS,
  OPENAI,
  COHERE,
  BARE,
  DRAFT,
];
