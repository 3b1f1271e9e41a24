import type { ModelEntry, RouterSnapshot, RoutingConfig, RoutingPair } from '../config/snapshot.ts';
import { invalidField, RouterError } from '../errors/router-error.ts';
import { nearestNames } from '../lib/nearest.ts';
import { quoted, suggestion } from './name-text.ts';
import { isActive } from './skip-rules.ts';

/** The two ends of a pair: the capable model and the cheap one. */
export type Profile = 'strong' | 'weak';

export type RoutingMode = Profile | 'auto';

/** `stronge` is how early clients spelt it. */
const MODES: Readonly<Record<string, RoutingMode>> = {
  auto: 'auto',
  strong: 'strong',
  stronge: 'strong',
  weak: 'weak',
};

export function isProfile(name: string): name is Profile {
  return name === 'strong' || name === 'weak';
}

/** Reads `routing_mode`; undefined when it is absent. Throws `request.invalid`. */
export function readRoutingMode(value: unknown): RoutingMode | undefined {
  if (value === undefined || value === null) return undefined;
  const mode = typeof value === 'string' && Object.hasOwn(MODES, value) ? MODES[value] : undefined;
  if (mode === undefined) throw invalidField('routing_mode', 'expected "auto", "strong" or "weak"');
  return mode;
}

/**
 * The name of the model that the configuration gives a profile, from the named pair, else the default pair, else
 * `default_strong_model` or `default_weak_model`; undefined when nothing is configured. Throws `request.invalid` for a
 * pair that does not exist.
 */
export function modelOfProfile(routing: RoutingConfig, profile: Profile, pairName?: string): string | undefined {
  const pair = pairName === undefined ? findPair(routing, routing.defaultPair) : requirePair(routing, pairName);
  if (profile === 'strong') return pair?.strongModel ?? routing.defaultStrongModel;
  return pair?.weakModel ?? routing.defaultWeakModel;
}

function findPair(routing: RoutingConfig, name: string | undefined): RoutingPair | undefined {
  return routing.pairs.find((pair) => pair.name === name);
}

function requirePair(routing: RoutingConfig, name: string): RoutingPair {
  const pair = findPair(routing, name);
  if (pair !== undefined) return pair;
  const nearest = nearestNames(name, new Set(routing.pairs.map((known) => known.name)));
  throw new RouterError('request.invalid', {
    param: 'routing_pair',
    publicMessage: `routing_pair: there is no pair ${quoted(name)}.${suggestion(nearest)}`,
    hints: { nearest },
  });
}

/** What the score looks at. */
export interface ScoredRequest {
  /** The text of all messages. */
  readonly text: string;
  readonly messageCount: number;
  /** Images, audio and the like. */
  readonly hasMedia: boolean;
  readonly maxOutputTokens: number | undefined;
}

/** Each step adds one point to those below it. */
const TEXT_LENGTH_STEPS = [300, 900, 2000];
const MESSAGE_COUNT_STEPS = [5, 10];
const OUTPUT_TOKEN_STEPS = [1200, 3000];

const HARD_WORDS =
  /\b(?:algorithm(?:s|ic)?|cod(?:e[ds]?|ing)|debug(?:s|ged|ging)?|reason(?:s|ed|ing)?)\b|推理|分析|架构|数学|证明|复杂|算法|代码|调试/i;
const EASY_WORDS = /\b(?:hello|hi)\b|翻译|总结|摘要|改写|润色|问候|你好|提取/i;
const HARD_POINTS = 2;
const EASY_POINTS = -1;

/** Words count where people say what they want: at the beginning and at the end. */
const SEARCHED_LENGTH = 4000;

const WEAK_UNTIL = 1;
const STRONG_FROM = 4;

/** Points for how demanding a request looks: long, many messages, media, long answers, telling words. */
export function demandScore({ text, messageCount, hasMedia, maxOutputTokens }: ScoredRequest): number {
  const searched =
    text.length <= 2 * SEARCHED_LENGTH ? text : `${text.slice(0, SEARCHED_LENGTH)}\n${text.slice(-SEARCHED_LENGTH)}`;
  return (
    stepsReached(text.length, TEXT_LENGTH_STEPS) +
    stepsReached(messageCount, MESSAGE_COUNT_STEPS) +
    stepsReached(maxOutputTokens ?? 0, OUTPUT_TOKEN_STEPS) +
    (hasMedia ? 1 : 0) +
    (HARD_WORDS.test(searched) ? HARD_POINTS : 0) +
    (EASY_WORDS.test(searched) ? EASY_POINTS : 0)
  );
}

/** Which end of a pair a request needs; `unsure` where only a model that reads the request could tell. */
export function judgeDemand(request: ScoredRequest): Profile | 'unsure' {
  const score = demandScore(request);
  if (score >= STRONG_FROM) return 'strong';
  return score <= WEAK_UNTIL ? 'weak' : 'unsure';
}

function stepsReached(value: number, steps: readonly number[]): number {
  return steps.filter((step) => value >= step).length;
}

const ROLE_TAGS: ReadonlyMap<string, readonly string[]> = new Map([
  ['supervisor', ['routing', 'chat']],
  ['planner', ['planning', 'reasoning']],
  ['writer', ['writing', 'chat']],
  ['tester', ['qa', 'reasoning']],
  ['docupdater', ['docs', 'writing']],
]);

/** Words within a task and the tag that each of them adds. */
const TASK_TAGS: readonly (readonly [string, string])[] = [
  ['routing', 'routing'],
  ['worker', 'chat'],
  ['doc', 'docs'],
];

/** The tags that an agent's role and task ask for, without repetition; unknown ones ask for none. */
export function tagsOfRole(role: string | undefined, task: string | undefined): readonly string[] {
  const ofRole = ROLE_TAGS.get(role?.trim().toLowerCase() ?? '') ?? [];
  const taskText = task?.toLowerCase() ?? '';
  const ofTask = TASK_TAGS.filter(([word]) => taskText.includes(word)).map(([, tag]) => tag);
  return [...new Set([...ofRole, ...ofTask])];
}

/** The same tags, but none where no active model has them all: then any model may play the role. */
export function availableTagsOfRole(
  snapshot: RouterSnapshot,
  role: string | undefined,
  task: string | undefined,
): readonly string[] {
  const tags = tagsOfRole(role, task);
  const hasAll = (model: ModelEntry) => isActive(model) && tags.every((tag) => model.tags.has(tag));
  return snapshot.ranked.some(hasAll) ? tags : [];
}
