import {
  ABILITIES,
  type Ability,
  estimateTokens,
  type RequestNeeds,
  WORK_ABILITIES,
  type WorkAbility,
} from '../canonical/needs.ts';
import type { ModelEntry } from '../config/snapshot.ts';

export type NeedReporter = (model: ModelEntry, detail: string) => void;

/** What a model can do that has an ability: `can …`. */
const ABILITY_PHRASES: Readonly<Record<Ability, string>> = {
  chat: 'chat',
  embedding: 'embed texts',
  rerank: 'rank documents',
  moderation: 'judge whether a text is harmful',
  image_generation: 'draw pictures',
  speech: 'speak',
  transcription: 'transcribe speech',
  completion: 'complete a plain prompt',
  image: 'take image input',
  audio: 'take audio input',
  video: 'take video input',
  document: 'take documents',
  tools: 'call tools',
  json_schema: 'answer by a JSON schema',
};

/** Why `model` certainly cannot serve a request, as a predicate; undefined when it may be able to. */
export function inability(model: ModelEntry, needs: RequestNeeds): string | undefined {
  const work = workOf(needs);
  const missing = work === undefined ? chatInability(model) : workInability(model, work);
  if (missing !== undefined) return missing;
  for (const ability of needs.abilities) {
    if (model.abilities.get(ability) === false) return `cannot ${ABILITY_PHRASES[ability]}`;
  }
  // What is embedded, ranked or read aloud is a list of texts; the window is for each of them.
  if (work !== undefined && work !== 'completion') return undefined;
  if (fits(model, needs)) return undefined;
  const tokens = estimateTokens(needs, model.maxOutputTokens);
  return `has a context window of ${model.contextWindow} tokens, and the request needs about ${tokens}`;
}

function fits({ contextWindow, maxOutputTokens }: ModelEntry, needs: RequestNeeds): boolean {
  return contextWindow === undefined || estimateTokens(needs, maxOutputTokens) <= contextWindow;
}

const WORK: ReadonlySet<Ability> = new Set(WORK_ABILITIES);

/** The kind of work that a request is for; undefined for chat. */
function workOf({ abilities }: RequestNeeds): WorkAbility | undefined {
  for (const ability of abilities) if (WORK.has(ability)) return ability as WorkAbility;
  return undefined;
}

function chatInability({ abilities }: ModelEntry): string | undefined {
  return abilities.get('chat') === false
    ? 'does other work than chat (capabilities = { chat = true } would say that it chats too)'
    : undefined;
}

/** Few models do such work, so one that does not say so does not do it. */
function workInability(model: ModelEntry, work: WorkAbility): string | undefined {
  const { abilities } = model;
  if (abilities.get(work) === true) return undefined;
  if (abilities.get(work) === false) return `cannot ${ABILITY_PHRASES[work]}`;
  if (work === 'completion') return chatInability(model);
  // Files of earlier versions mark models that transcribe by the tag of models that hear.
  if (work === 'transcription' && abilities.get('audio') === true) return undefined;
  return `does not say that it can ${ABILITY_PHRASES[work]} (capabilities = { ${work} = true } would)`;
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
  // Most requests need nothing special: then there is nothing to look through for each of hundreds of models.
  const isPlain = needs.abilities.size === 0 && model.abilities.get('chat') !== false;
  if (isPlain && fits(model, needs)) return true;
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
