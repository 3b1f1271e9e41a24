import { randomInt } from 'node:crypto';

/** What the provider does with a request; the word stands in the prompt. */
export const BEHAVIOURS = [
  'fine',
  'stall',
  'status-500',
  'status-429',
  'reset',
  'html',
  'empty',
  'cut',
  'error',
] as const;

export type Behaviour = (typeof BEHAVIOURS)[number];

/** Before any content, so that another model answers instead; the others break a stream that has begun. */
export const EARLY_FAULTS: ReadonlySet<Behaviour> = new Set([
  'stall',
  'status-500',
  'status-429',
  'reset',
  'html',
  'empty',
]);

export type Api = 'openai' | 'anthropic' | 'gemini' | 'native';

export interface Call {
  /** In the prompt and in the answer: nobody may see another one's. */
  readonly nonce: string;
  readonly behaviour: Behaviour;
  readonly api: Api;
  readonly isStream: boolean;
  /** The client closes its connection at the first byte of the answer. */
  readonly leaves: boolean;
}

/** How much of the traffic goes wrong, as shares of 1. */
export interface Trouble {
  /** Faults that come at once. */
  readonly faults: number;
  /** Calls that the provider takes and never answers. */
  readonly stalls: number;
  readonly leavers: number;
  /** Only faults before the first content, which another model can make good. */
  readonly isCurable: boolean;
}

interface Share {
  readonly api: Api;
  readonly isStream: boolean;
  readonly weight: number;
}

const MIX: readonly Share[] = [
  { api: 'openai', isStream: false, weight: 30 },
  { api: 'openai', isStream: true, weight: 30 },
  { api: 'anthropic', isStream: false, weight: 8 },
  { api: 'anthropic', isStream: true, weight: 12 },
  { api: 'gemini', isStream: true, weight: 10 },
  { api: 'native', isStream: false, weight: 10 },
];

const TOTAL_WEIGHT = MIX.reduce((sum, { weight }) => sum + weight, 0);

/** The call of that number; `random`: uniform in [0, 1). */
export function nextCall(number: number, trouble: Trouble, random: () => number): Call {
  const { api, isStream } = pickShare(random() * TOTAL_WEIGHT);
  return {
    nonce: `n${number.toString(36)}x${randomInt(0x7fffffff).toString(36)}`,
    behaviour: nextBehaviour(trouble, random),
    api,
    isStream,
    leaves: random() < trouble.leavers,
  };
}

function nextBehaviour({ faults, stalls, isCurable }: Trouble, random: () => number): Behaviour {
  const point = random();
  if (point < stalls) return 'stall';
  if (point >= stalls + faults) return 'fine';
  const kinds = BEHAVIOURS.filter(
    (kind) => kind !== 'fine' && kind !== 'stall' && (!isCurable || EARLY_FAULTS.has(kind)),
  );
  return kinds[Math.floor(random() * kinds.length)] ?? 'fine';
}

function pickShare(point: number): Share {
  let passed = 0;
  for (const share of MIX) {
    passed += share.weight;
    if (point < passed) return share;
  }
  throw new Error('the weights do not add up');
}

/** Path and body of a call, in the words of its API. */
export function requestOf({ nonce, behaviour, api, isStream }: Call): { readonly path: string; readonly body: string } {
  const prompt = `${behaviour} ${nonce} ${'please say it again. '.repeat(20)}`;
  const messages = [{ role: 'user', content: prompt }];
  switch (api) {
    case 'openai':
      return json('/v1/chat/completions', { model: 'tag:chat', stream: isStream, messages });
    case 'anthropic':
      return json('/v1/messages', { model: 'tag:chat', max_tokens: 256, stream: isStream, messages });
    case 'gemini':
      return json('/v1beta/models/tag:chat:streamGenerateContent?alt=sse', {
        contents: [{ role: 'user', parts: [{ text: prompt }] }],
      });
    case 'native':
      return json('/route/invoke', { tags: ['chat'], messages });
    default:
      return api satisfies never;
  }
}

function json(path: string, body: unknown): { readonly path: string; readonly body: string } {
  return { path, body: JSON.stringify(body) };
}
