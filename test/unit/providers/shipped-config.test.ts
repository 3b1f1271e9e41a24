import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { loadRouterToml } from '../../../src/config/load-router-toml.ts';
import type { ModelEntry, RouterSnapshot } from '../../../src/config/snapshot.ts';
import { findProviderSpec, PROVIDER_SPECS, providerTypes } from '../../../src/providers/registry.ts';

const BYTES = readFileSync(resolve(import.meta.dirname, '../../../router.toml'));

const EVERY_VARIABLE = Object.fromEntries(
  PROVIDER_SPECS.flatMap((spec) => [...spec.apiKeyEnv, ...Object.values(spec.baseUrlEnv ?? {})]).map((name) => [
    name,
    'x',
  ]),
);

const FUNCTIONS = 'chat general coding writing summary analysis planning math';
const ABILITIES = 'image audio reasoning long-context function-call code-execution agentic';
const FEATURES = 'cheap free fast high-quality chinese local open-source';
const SOURCES =
  'openai claude gemini google x-ai deepseek mistral cohere kimi qwen glm minimax doubao openrouter ollama vllm';
const VOCABULARY = new Set([FUNCTIONS, ABILITIES, FEATURES, SOURCES].join(' ').split(' '));

async function load(env: Record<string, string>): Promise<RouterSnapshot> {
  const catalog = { findSpec: findProviderSpec, providerTypes: providerTypes() };
  const result = await loadRouterToml(BYTES, { ...catalog, file: '/router.toml', env, version: 1, now: 0 });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.snapshot;
}

function serving(snapshot: RouterSnapshot, ...tags: string[]): ModelEntry[] {
  return snapshot.ranked.filter(
    ({ isActive, provider, tags: has }) =>
      isActive && provider.isActive && provider.unavailable === undefined && tags.every((tag) => has.has(tag)),
  );
}

test('without any key the mock answers, and every other provider says which variable it lacks', async () => {
  const snapshot = await load({});
  for (const tags of [['chat'], ['chat', 'fast'], ['coding'], ['free'], ['local'], ['function-call']]) {
    expect(new Set(serving(snapshot, ...tags).map((model) => model.provider.name))).toEqual(new Set(['mock']));
  }
  for (const problem of snapshot.problems) expect(problem.message).toMatch(/^".+" is unavailable: .* is not set$/);
  expect(snapshot.problems.length).toBeGreaterThan(20);
});

test('with every key set nothing is wrong with it', async () => {
  const snapshot = await load(EVERY_VARIABLE);
  expect(snapshot.problems).toEqual([]);
  const idle = [...snapshot.providers.values()].filter((provider) => !provider.isActive).map(({ name }) => name);
  expect(idle).toEqual(['ollama', 'vllm', 'lmstudio', 'llamacpp', 'azure']);
});

test('one key is enough for its models to come before the mock', async () => {
  const snapshot = await load({ GROQ_API_KEY: 'x' });
  expect(serving(snapshot, 'chat', 'fast').map((model) => model.key)).toEqual([
    'groq/llama-3.3-70b',
    'groq/gpt-oss-120b',
    'groq/llama-3.1-8b',
    'mock/fast',
  ]);
});

test('the mock comes last for every tag', async () => {
  const snapshot = await load(EVERY_VARIABLE);
  const priorities = (isMock: boolean): number[] =>
    snapshot.ranked.filter((model) => (model.provider.name === 'mock') === isMock).map((model) => model.priority);
  expect(Math.max(...priorities(true))).toBeLessThan(Math.min(0, ...priorities(false)));
});

test('names the customary variable of every vendor, and gives every type that can be called a place', async () => {
  const snapshot = await load({});
  const used = new Set([...snapshot.providers.values()].map((provider) => provider.spec.type));
  const callable = PROVIDER_SPECS.filter((spec) => spec.unsupported === undefined).map((spec) => spec.type);
  const elsewhere = new Set(['volcengine', 'openai-compatible', 'remote_http', 'custom_http', 'transformers']);
  expect(new Set(callable.filter((type) => !elsewhere.has(type)))).toEqual(used);
  const text = BYTES.toString();
  const named = [...text.matchAll(/^api_key_env = "(\w+)"/gm)].map((match) => match[1]);
  expect(named.length).toBeGreaterThan(20);
  for (const name of named) expect(Object.keys(EVERY_VARIABLE)).toContain(name);
});

test('every model is findable by tags of the vocabulary', async () => {
  const snapshot = await load({});
  for (const model of snapshot.ranked) {
    expect(
      [...model.tags].filter((tag) => !VOCABULARY.has(tag)),
      model.key,
    ).toEqual([]);
    expect(model.tags.has('chat'), model.key).toBe(true);
  }
  const tagged = new Set(snapshot.ranked.flatMap((model) => [...model.tags]));
  expect([...VOCABULARY].filter((tag) => !tagged.has(tag))).toEqual([]);
});
