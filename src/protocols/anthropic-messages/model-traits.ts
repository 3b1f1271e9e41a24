/** What a model takes of the format. The vendor narrows this with every generation and refuses the rest. */
export interface ModelTraits {
  readonly isClaude: boolean;
  /** `budget`: a number of tokens to think with. `adaptive`: the model decides, an effort steers it. */
  readonly thinking: 'none' | 'budget' | 'adaptive';
  /** False: it always thinks, may not be told not to, and may not be forced to call a tool. */
  readonly canStopThinking: boolean;
  /** `one`: temperature or top_p, not both. */
  readonly sampling: 'all' | 'one' | 'none';
  /** Takes system messages between the others. */
  readonly hasSystemTurns: boolean;
  /** Goes on with an answer that the client has begun, where the conversation ends with one. */
  readonly hasPrefill: boolean;
  /** Knows the effort `xhigh`. */
  readonly hasExtraHighEffort: boolean;
}

/** `claude-3-5-sonnet-20241022`, `claude-opus-4-20250514`, `anthropic/claude-4.7-opus`, `claude-opus-4@20250514`. */
const VERSION = /claude-(?:[a-z]+-)?(\d+)(?:[.-](\d{1,2}))?(?!\d)/i;

const ALWAYS_THINKING = /claude-(?:fable|mythos)/i;

/** Other vendors that answer in this format take budgets and all sampling parameters. */
const OTHER_VENDOR: ModelTraits = {
  isClaude: false,
  thinking: 'budget',
  canStopThinking: true,
  sampling: 'all',
  hasSystemTurns: false,
  hasPrefill: true,
  hasExtraHighEffort: true,
};

const NEWEST = 99;

/**
 * Told from the model's name; a Claude without a number counts as the newest.
 * https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting (checked 2026-11-21)
 */
export function traitsOf(model: string): ModelTraits {
  if (!/claude/i.test(model)) return OTHER_VENDOR;
  const version = versionOf(model);
  const isBefore = (major: number, minor: number): boolean => version < major * 100 + minor;
  return {
    isClaude: true,
    thinking: isBefore(3, 7) ? 'none' : isBefore(4, 6) ? 'budget' : 'adaptive',
    canStopThinking: !ALWAYS_THINKING.test(model),
    sampling: isBefore(4, 1) ? 'all' : isBefore(4, 7) ? 'one' : 'none',
    hasSystemTurns: !isBefore(4, 8),
    hasPrefill: isBefore(4, 6),
    hasExtraHighEffort: !isBefore(4, 7),
  };
}

/** 405 for 4.5: the minor number has two digits at most. */
function versionOf(model: string): number {
  const match = VERSION.exec(model);
  const major = match?.[1] === undefined ? NEWEST : Number(match[1]);
  return major * 100 + Number(match?.[2] ?? 0);
}
