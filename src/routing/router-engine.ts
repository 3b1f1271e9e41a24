import { ABILITIES } from '../canonical/needs.ts';
import type { ModelEntry, ModelKey, RouterSnapshot } from '../config/snapshot.ts';
import { anyModel } from './any-model.ts';
import type {
  Exclusion,
  Explanation,
  LimitedModel,
  RestingModel,
  RouteQuery,
  RoutingDecision,
  SelectionContext,
  SkipRule,
} from './decision.ts';
import { describeQuery } from './describe-query.ts';
import { faithfulModels } from './faithful-models.ts';
import { limitText } from './limits/limit-text.ts';
import { ableModels } from './serve-needs.ts';
import { firstRule, RULE_DETAILS, type RuleScope } from './skip-rules.ts';

/** Told about every model that is left out, once. */
type Reporter = (model: ModelEntry, rule: SkipRule, detail: string, retryAfterMs?: number) => void;

/** The models that may serve, best first. Pure: the same inputs give the same answer, and no token is taken. */
export function decide(snapshot: RouterSnapshot, query: RouteQuery, context: SelectionContext): RoutingDecision {
  return select(query.named ?? snapshot.ranked, query, context, undefined);
}

/** The decision among `model.fallbacks`, in the order in which the file names them. */
export function decideFallbacks(
  snapshot: RouterSnapshot,
  model: ModelEntry,
  query: RouteQuery,
  context: SelectionContext,
): RoutingDecision {
  const named = model.fallbacks.flatMap((key) => fallbackEntry(snapshot, key) ?? []);
  return select(named, { ...query, name: undefined, named, prefer: [] }, context, undefined);
}

function fallbackEntry(snapshot: RouterSnapshot, key: ModelKey): ModelEntry | undefined {
  const slash = key.indexOf('/');
  const provider = snapshot.providers.get(key.slice(0, slash));
  const listed = snapshot.models.get(key);
  if (listed !== undefined || provider?.anyModel !== true) return listed;
  return anyModel(snapshot, provider, key.slice(slash + 1));
}

/** The decision of `decide` with its reasons: every model is a candidate or excluded, exactly once. */
export function explain(snapshot: RouterSnapshot, query: RouteQuery, context: SelectionContext): Explanation {
  const pool = everyModel(snapshot, query);
  const excluded = new Map<ModelEntry, Exclusion>();
  const { candidates } = select(pool, query, context, (model, rule, detail, retryAfterMs) => {
    excluded.set(model, { model, rule, detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  });
  return {
    snapshot: snapshot.version,
    query: describeQuery(query),
    needs: ABILITIES.filter((ability) => context.needs.abilities.has(ability)),
    candidates: candidates.map((model) => ({
      model: model.key,
      provider_type: model.provider.spec.type,
      priority: model.priority,
      order: { prefer: preferredTags(model, query.prefer), strategy: 'priority' },
    })),
    excluded: pool.flatMap((model) => exclusionJson(excluded.get(model))),
  };
}

/** The named models before all others, so that they come in the same order as where nobody else is asked. */
function everyModel(snapshot: RouterSnapshot, query: RouteQuery): readonly ModelEntry[] {
  return query.named === undefined ? snapshot.ranked : [...new Set([...query.named, ...snapshot.ranked])];
}

function exclusionJson(exclusion: Exclusion | undefined): Explanation['excluded'] {
  if (exclusion === undefined) return [];
  const { model, rule, detail, retryAfterMs } = exclusion;
  return [{ model: model.key, rule, detail, ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }) }];
}

/** The one selection. Without a reporter it makes nothing for models that it leaves out. */
function select(
  pool: readonly ModelEntry[],
  query: RouteQuery,
  context: SelectionContext,
  report: Reporter | undefined,
): RoutingDecision {
  const matching = matchingModels(pool, query, context, report);
  const isNamed = query.named !== undefined || query.name !== undefined;
  const reportNeed = report && ((model: ModelEntry, detail: string) => report(model, 'cannot-serve', detail));
  const able = ableModels(matching, context.needs, isNamed, reportNeed);
  const faithful = context.lossOf === undefined ? able : faithfulModels(able, context.lossOf, reportNeed);
  const real = isNamed ? faithful : withoutStandIns(faithful, report);
  return splitByState(orderByPreference(real, query.prefer), context, report);
}

/** Scripted answers must never pass for real ones: they serve only where nothing else matches. */
function withoutStandIns(models: readonly ModelEntry[], report: Reporter | undefined): readonly ModelEntry[] {
  const isStandIn = (model: ModelEntry): boolean => model.provider.spec.isStandIn === true;
  if (!models.some(isStandIn) || models.every(isStandIn)) return models;
  return models.filter((model) => {
    if (isStandIn(model)) report?.(model, 'stand-in', 'stands in only where no other model matches');
    return !isStandIn(model);
  });
}

function matchingModels(
  pool: readonly ModelEntry[],
  query: RouteQuery,
  { permits }: SelectionContext,
  report: Reporter | undefined,
): ModelEntry[] {
  const named = report === undefined || query.named === undefined ? undefined : new Set(query.named);
  const scope: RuleScope = { query, named, permits };
  const matching: ModelEntry[] = [];
  for (const model of pool) {
    const rule = firstRule(model, scope);
    if (rule === undefined) matching.push(model);
    else report?.(model, rule, RULE_DETAILS[rule](model, query));
  }
  return matching;
}

/** More preferred tags first; otherwise the order stays, which is by priority already. */
function orderByPreference(models: readonly ModelEntry[], prefer: readonly string[]): readonly ModelEntry[] {
  if (prefer.length === 0 || models.length < 2) return models;
  const byCount: ModelEntry[][] = Array.from({ length: prefer.length + 1 }, () => []);
  for (const model of models) byCount[prefer.length - preferredTags(model, prefer)]?.push(model);
  return byCount.reduce((before, group) => before.concat(group));
}

function preferredTags(model: ModelEntry, prefer: readonly string[]): number {
  let count = 0;
  for (const tag of prefer) if (model.tags.has(tag)) count += 1;
  return count;
}

/** Of a model without limits in the file: the provider has told them. */
const UNLISTED_LIMIT = "the provider's limits are used up";

/** Apart from those that may be asked now: the ones that rest, and the ones whose limits stand in the way. */
function splitByState(
  models: readonly ModelEntry[],
  { state, needs, now }: SelectionContext,
  report: Reporter | undefined,
): RoutingDecision {
  const candidates: ModelEntry[] = [];
  const limited: LimitedModel[] = [];
  const resting: RestingModel[] = [];
  for (const model of models) {
    const rest = state.restOf(model, now);
    if (rest !== undefined) {
      resting.push({ model, ...rest });
      report?.(model, 'unhealthy', rest.detail, rest.retryAfterMs);
      continue;
    }
    const retryAfterMs = state.msUntilAdmitted(model, needs, now);
    if (retryAfterMs <= 0) {
      candidates.push(model);
      continue;
    }
    limited.push({ model, retryAfterMs });
    report?.(model, 'rate-limited', limitText(model) || UNLISTED_LIMIT, retryAfterMs);
  }
  return { candidates, limited, resting };
}
