import type { ModelEntry, RouterSnapshot } from '../config/snapshot.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { RouterError } from '../errors/router-error.ts';
import { nearestNames } from '../lib/nearest.ts';
import type { LimitedModel, RestingModel, RouteQuery, SelectionContext, SkipRule } from './decision.ts';
import { quoted, quotedList } from './name-text.ts';
import { type Requirement, requirementsOf } from './requirements.ts';

/** Codes that say more than `route.no_candidate`, where one rule alone keeps out every model that was named. */
const NAMED_CODES: Readonly<Partial<Record<SkipRule, ErrorCode>>> = {
  inactive: 'model.inactive',
  unavailable: 'model.unavailable',
  'key-forbids': 'auth.forbidden_model',
  'cannot-serve': 'model.cannot_serve',
};

/** How many models, and how many unknown tags, an error speaks of. */
const MAX_SHOWN = 3;

/** Why a decision has nobody who could serve, now or later: what emptied the choice, and what would come nearest. */
export function noMatchError(snapshot: RouterSnapshot, query: RouteQuery, context: SelectionContext): RouterError {
  const requirements = requirementsOf(query, context);
  const { code, message } =
    query.named === undefined
      ? explainEmptied(snapshot.ranked, requirements, query)
      : explainNamed(query.named, requirements, query);
  const typos = findTypos(snapshot, query);
  const nearest = nearestModels(query.named ?? snapshot.ranked, requirements, context);
  const hints = {
    ...(typos.length === 0 ? {} : { unknown_tags: typos }),
    ...(nearest.length === 0 ? {} : { nearest }),
  };
  return new RouterError(code, { publicMessage: `${message}${typos.map(typoText).join('')}`, hints });
}

/** The limits of every model that could serve stand in the way: says when the soonest one lets a request in. */
export function exhaustedError(limited: readonly LimitedModel[]): RouterError {
  const soonest = [...limited].sort((left, right) => left.retryAfterMs - right.retryAfterMs);
  const retryAfterMs = soonest[0]?.retryAfterMs;
  const shown = soonest.slice(0, MAX_SHOWN);
  return new RouterError('limit.model_exhausted', {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    hints: { limited: shown.map((entry) => ({ model: entry.model.key, retry_after_ms: entry.retryAfterMs })) },
  });
}

/** Every model that could serve rests after failures: says when the soonest one is asked again. */
export function unhealthyError(resting: readonly RestingModel[]): RouterError {
  const soonest = [...resting].sort((left, right) => left.retryAfterMs - right.retryAfterMs);
  const retryAfterMs = soonest[0]?.retryAfterMs;
  const shown = soonest.slice(0, MAX_SHOWN);
  return new RouterError('route.unhealthy', {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    hints: {
      resting: shown.map((rest) => ({ model: rest.model.key, detail: rest.detail, retry_after_ms: rest.retryAfterMs })),
    },
  });
}

interface Verdict {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Asks one thing after the other until nothing is left, and names the one that left nothing. */
function explainEmptied(
  models: readonly ModelEntry[],
  requirements: readonly Requirement[],
  query: RouteQuery,
): Verdict {
  let left = models;
  for (const requirement of requirements) {
    const next = left.filter((model) => requirement.isMet(model));
    if (next.length === 0 && left.length > 0) return emptiedBy(requirement, left, query);
    left = next;
  }
  return { code: 'route.no_candidate', message: 'The configuration lists no models.' };
}

function emptiedBy(requirement: Requirement, left: readonly ModelEntry[], query: RouteQuery): Verdict {
  const count = left.length;
  if (requirement.rule === 'key-forbids') {
    const those = count === 1 ? 'the one model that matches' : `any of the ${count} models that match`;
    return { code: 'auth.forbidden_model', message: `This API key may not use ${those}.` };
  }
  const code = 'route.no_candidate';
  if (requirement.tag !== undefined) return { code, message: tagText(requirement.tag, count, query) };
  const subject = count === 1 ? 'the one model left' : `each of the ${count} models left`;
  return { code, message: `No model matches the request: ${missText(left, subject, () => requirement)}.` };
}

function tagText(tag: string, count: number, query: RouteQuery): string {
  const asked = query.tags.slice(0, query.tags.indexOf(tag) + 1);
  const models = count === 1 ? '1 model' : `${count} models`;
  if (asked.length === 1) return `No model has the tag ${quoted(tag)}: it left none of ${models}.`;
  return `No model has ${quotedList(asked, 'and')}: ${quoted(tag)} left none of ${models}.`;
}

function explainNamed(named: readonly ModelEntry[], requirements: readonly Requirement[], query: RouteQuery): Verdict {
  const firstMiss = (model: ModelEntry) => requirements.find((requirement) => !requirement.isMet(model));
  const [rule, ...otherRules] = new Set(named.map((model) => firstMiss(model)?.rule));
  const code = rule === undefined || otherRules.length > 0 ? undefined : NAMED_CODES[rule];
  const [only, ...others] = named;
  const subject =
    only !== undefined && others.length === 0
      ? quoted(only.key)
      : `Each of the ${named.length} models called ${quoted(query.requested ?? '')}`;
  return { code: code ?? 'route.no_candidate', message: `${missText(named, subject, firstMiss)}.` };
}

/** One sentence about all models where they miss the same, else one clause for each of the first ones. */
function missText(
  models: readonly ModelEntry[],
  subject: string,
  missing: (model: ModelEntry) => Requirement | undefined,
): string {
  const missOf = (model: ModelEntry) => missing(model)?.miss(model) ?? 'does not match';
  const [common, ...different] = new Set(models.map(missOf));
  if (different.length === 0) return `${subject} ${common}`;
  const clauses = models.slice(0, MAX_SHOWN).map((model) => `${quoted(model.key)} ${missOf(model)}`);
  const hidden = models.length - clauses.length;
  return `${clauses.join('; ')}${hidden > 0 ? `; and ${hidden} more` : ''}`;
}

/** The models that miss the least, best first. Those that the caller may not use are no help. */
function nearestModels(
  models: readonly ModelEntry[],
  requirements: readonly Requirement[],
  { permits }: SelectionContext,
): { readonly model: string; readonly misses: readonly string[] }[] {
  return models
    .filter((model) => permits === undefined || permits(model))
    .map((model) => ({ model: model.key, misses: missesOf(model, requirements) }))
    .sort((left, right) => left.misses.length - right.misses.length)
    .slice(0, MAX_SHOWN);
}

function missesOf(model: ModelEntry, requirements: readonly Requirement[]): string[] {
  return requirements.filter((requirement) => !requirement.isMet(model)).map((requirement) => requirement.miss(model));
}

interface Typo {
  readonly tag: string;
  readonly nearest: readonly string[];
}

/** Tags that were asked for and that no model has. */
function findTypos(snapshot: RouterSnapshot, query: RouteQuery): Typo[] {
  const known = new Set(snapshot.ranked.flatMap((model) => [...model.tags]));
  const asked = new Set([...query.tags, ...query.anyTags.flat()]);
  const unknown = [...asked].filter((tag) => !known.has(tag)).slice(0, MAX_SHOWN);
  return unknown.map((tag) => ({ tag, nearest: nearestNames(tag, known) }));
}

function typoText({ tag, nearest }: Typo): string {
  return nearest.length === 0 ? '' : ` Did you mean ${quotedList(nearest, 'or')} instead of ${quoted(tag)}?`;
}
