import { ABILITIES, type Ability, WORK_ABILITIES } from '../canonical/needs.ts';
import type { ModelTable } from './tables/model.ts';

/** Tags that say what a model can do. */
const TAG_ABILITIES: ReadonlyMap<string, Ability> = new Map<string, Ability>([
  ['image', 'image'],
  ['vision', 'image'],
  ['audio', 'audio'],
  ['video', 'video'],
  ['function-call', 'tools'],
  ['tool-calling', 'tools'],
  ['embedding', 'embedding'],
  ['embeddings', 'embedding'],
  ['rerank', 'rerank'],
  ['moderation', 'moderation'],
  ['image-generation', 'image_generation'],
  ['tts', 'speech'],
  ['speech', 'speech'],
  ['audio-tts', 'speech'],
  ['asr', 'transcription'],
  ['transcription', 'transcription'],
]);

/** Keys of `config.capabilities`, where they mean an ability. */
const CONFIG_ABILITIES = {
  embedding: 'embedding',
  tts: 'speech',
  asr: 'transcription',
  image_generation: 'image_generation',
} as const;

/** Work that there is no endpoint for; a model that does it is no chat model all the same. */
const OTHER_WORK = { tags: ['realtime', 'video-generation'], config: ['realtime', 'video_generation'] } as const;

const CHAT_TAG = 'chat';

/**
 * `capabilities` beats `config` beats the tags; what none of them mentions is unknown. A model that does other work and
 * does not say that it chats does not chat.
 */
export function resolveAbilities(table: ModelTable, tags: readonly string[]): ReadonlyMap<Ability, boolean> {
  const abilities = new Map<Ability, boolean>();
  for (const tag of tags) {
    const ability = TAG_ABILITIES.get(tag);
    if (ability !== undefined) abilities.set(ability, true);
  }
  addConfig(abilities, table.config);
  for (const ability of ABILITIES) {
    const value = table.capabilities?.[ability];
    if (value !== undefined) abilities.set(ability, value);
  }
  const isElsewhere = doesWork(abilities) || doesOtherWork(table, tags);
  if (isElsewhere && !abilities.has('chat') && !tags.includes(CHAT_TAG)) abilities.set('chat', false);
  return abilities;
}

function addConfig(abilities: Map<Ability, boolean>, config: ModelTable['config'] = {}): void {
  const { supports_vision: image, supports_tools: tools, capabilities = {} } = config;
  if (image !== undefined) abilities.set('image', image);
  if (tools !== undefined) abilities.set('tools', tools);
  for (const [key, ability] of Object.entries(CONFIG_ABILITIES)) {
    const value = capabilities[key as keyof typeof CONFIG_ABILITIES];
    if (value !== undefined) abilities.set(ability, value);
  }
}

/** Completing a prompt is what chat models did first, so it says nothing against chat. */
function doesWork(abilities: ReadonlyMap<Ability, boolean>): boolean {
  return WORK_ABILITIES.some((ability) => ability !== 'completion' && abilities.get(ability) === true);
}

function doesOtherWork({ config }: ModelTable, tags: readonly string[]): boolean {
  const isTagged = OTHER_WORK.tags.some((tag) => tags.includes(tag));
  return isTagged || OTHER_WORK.config.some((key) => config?.capabilities?.[key] === true);
}
