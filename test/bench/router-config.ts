/** What a candidate needs to know to call the router that runs with `routerToml`. */
export const CALLER_KEY = 'bench-caller-key-0123456789';
export const PROVIDER_KEY_VARIABLE = 'BENCH_PROVIDER_KEY';
export const MODEL = 'bench/bench-chat';

const PROVIDERS = ['bench', 'north', 'east', 'south', 'west'] as const;
const MODEL_COUNT = 50;
const SPEEDS = ['fast', 'quality', 'cheap'] as const;
const LANGUAGES = ['english', 'spanish', 'hindi', 'arabic'] as const;

/**
 * A configuration with everything on: an API key, five providers that are all at `providerUrl`, fifty tagged models
 * with prices, and token buckets that are filled faster than any load empties them.
 */
export function routerToml(providerUrl: string): string {
  const key = `[[api_keys]]\nname = "bench"\nkey = "${CALLER_KEY}"\nrole = "admin"\n`;
  const providers = PROVIDERS.map((name) => providerTable(name, providerUrl));
  const models = Array.from({ length: MODEL_COUNT - 1 }, (_, index) =>
    modelTable(PROVIDERS[index % PROVIDERS.length] ?? '', `model-${index}`, tagsOf(index), index),
  );
  return [key, ...providers, modelTable('bench', 'bench-chat', ['chat', 'quality'], 100), ...models].join('\n');
}

function providerTable(name: string, url: string): string {
  return [
    '[[providers]]',
    `name = "${name}"`,
    'type = "openai"',
    `base_url = "${url}/v1"`,
    `api_key_env = "${PROVIDER_KEY_VARIABLE}"`,
    '',
  ].join('\n');
}

function tagsOf(index: number): readonly string[] {
  return ['chat', SPEEDS[index % SPEEDS.length] ?? '', LANGUAGES[index % LANGUAGES.length] ?? ''];
}

function modelTable(provider: string, name: string, tags: readonly string[], priority: number): string {
  return [
    '[[models]]',
    `name = "${name}"`,
    `provider = "${provider}"`,
    `remote_identifier = "${name}-2026-01-01"`,
    `tags = ${JSON.stringify(tags)}`,
    `config = { priority = ${priority} }`,
    'rate_limit = { max_requests = 1_000_000_000, per_seconds = 1 }',
    'price = { input = 0.5, output = 1.5 }',
    '',
  ].join('\n');
}
