import { ABILITIES, type Ability, estimateTokens, type RequestNeeds } from '../canonical/needs.ts';
import type { ModelEntry } from '../config/snapshot.ts';

export type NeedReporter = (model: ModelEntry, detail: string) => void;

/** What a model can do that has an ability: `can …`. */
const ABILITY_PHRASES: Readonly<Record<Ability, string>> = {
  image: 'take image input',
  audio: 'take audio input',
  video: 'take video input',
  document: 'take documents',
  tools: 'call tools',
  json_schema: 'answer by a JSON schema',
};

/** Why `model` certainly cannot serve a request, as a predicate; undefined when it may be able to. */
export function inability(model: ModelEntry, needs: RequestNeeds): string | undefined {
  for (const ability of needs.abilities) {
    if (model.abilities.get(ability) === false) return `cannot ${ABILITY_PHRASES[ability]}`;
  }
  const tokens = estimateTokens(needs);
  if (model.contextWindow === undefined || tokens <= model.contextWindow) return undefined;
  return `has a context window of ${model.contextWindow} tokens, and the request needs about ${tokens}`;
}

/**
 * The models that can serve. Those that certainly cannot are left out. Those that do not say whether they have an
 * ability stay, unless some of the models still left say that they have it; asked ability by ability, so that this
 * never leaves out the last model.
 */
export function ableModels(
  models: readonly ModelEntry[],
  needs: RequestNeeds,
  trustsUnknown: boolean,
  report: NeedReporter | undefined,
): readonly ModelEntry[] {
  const able = models.filter((model) => isAble(model, needs, report));
  if (trustsUnknown || needs.abilities.size === 0) return able;
  return ABILITIES.reduce<readonly ModelEntry[]>(
    (left, ability) => (needs.abilities.has(ability) ? preferDeclared(left, ability, report) : left),
    able,
  );
}

function isAble(model: ModelEntry, needs: RequestNeeds, report: NeedReporter | undefined): boolean {
  const detail = inability(model, needs);
  if (detail === undefined) return true;
  report?.(model, detail);
  return false;
}

function preferDeclared(
  models: readonly ModelEntry[],
  ability: Ability,
  report: NeedReporter | undefined,
): readonly ModelEntry[] {
  if (!models.some((model) => model.abilities.get(ability) === true)) return models;
  return models.filter((model) => {
    if (model.abilities.get(ability) === true) return true;
    report?.(model, `does not say that it can ${ABILITY_PHRASES[ability]}, while others do`);
    return false;
  });
}
