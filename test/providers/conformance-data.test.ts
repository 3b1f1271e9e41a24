import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CHAT_PROTOCOLS } from '../../src/canonical/protocol-id.ts';
import { resolveBaseUrl } from '../../src/providers/base-url.ts';
import { createEndpointBuilder } from '../../src/providers/endpoint-url.ts';
import { findProviderSpec, PROVIDER_SPECS, providerTypes } from '../../src/providers/registry.ts';
import type { ProviderSpec } from '../../src/providers/spec.ts';

const FOLDER = resolve(import.meta.dirname, '../../src/providers');
const DOCUMENTATION = readFileSync(resolve(import.meta.dirname, '../../docs/providers.md'), 'utf8');
const VARIABLE = /^[A-Z][A-Z0-9_]*$/;
const FIELD = /^[a-z][a-z0-9_]*$/;
const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1']);
/** Fields that no provider data may touch: the router itself decides them. */
const OURS = ['model', 'messages', 'stream'];

const byType = PROVIDER_SPECS.map((spec) => [spec.type, spec] as const);
const supported = byType.filter(([, spec]) => spec.unsupported === undefined);

function spellingsOf(spec: ProviderSpec): string[] {
  return [spec.type, ...(spec.aliases ?? [])];
}

test('types and aliases are unique, and every one is found', () => {
  const spellings = PROVIDER_SPECS.flatMap(spellingsOf);
  expect(new Set(spellings).size).toBe(spellings.length);
  expect(providerTypes()).toEqual(spellings);
  for (const spec of PROVIDER_SPECS) {
    for (const spelling of spellingsOf(spec)) expect(findProviderSpec(spelling)).toBe(spec);
  }
  expect(findProviderSpec('OpenAI')).toBeUndefined();
  expect(findProviderSpec('constructor')).toBeUndefined();
});

test('every spec that a file of the folder defines is in the registry', async () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.ts') && file !== 'spec.ts');
  const defining = files.filter((file) => readFileSync(join(FOLDER, file), 'utf8').includes('defineProvider('));
  const modules = await Promise.all(defining.map((file) => import(join(FOLDER, file)) as Promise<object>));
  const defined = modules.flatMap((module) => Object.values(module) as unknown[]);
  expect(new Set(defined)).toEqual(new Set(PROVIDER_SPECS));
  expect(defining.length).toBeGreaterThan(30);
});

test('every type of the earlier router is known', () => {
  const earlier = `openai grok deepseek kimi openrouter qwen glm groq siliconflow aihubmix minimax doubao volcengine
    azure_openai huggingface claude gemini ollama vllm remote_http custom_http transformers codex_cli claude_code_cli
    opencode_cli kimi_code_cli qwen_code_cli`;
  for (const type of earlier.split(/\s+/)) expect(findProviderSpec(type)?.type).toBe(type);
});

test.each(byType.filter(([, spec]) => spec.hostEnv !== undefined))('%s goes where its variable says', (_type, spec) => {
  const result = resolveBaseUrl(spec, (name) => (name === spec.hostEnv ? 'https://other.example/x/' : undefined));
  expect(result).toEqual({ ok: true, baseUrl: 'https://other.example/x' });
});

test.each(byType)('docs/providers.md names %s, its address and its variables', (_type, spec) => {
  const names = [...spellingsOf(spec), ...spec.apiKeyEnv, ...Object.values(spec.baseUrlEnv ?? {})];
  for (const name of names) expect(DOCUMENTATION).toContain(`\`${name}\``);
  if (spec.openTransport === undefined) expect(DOCUMENTATION).toContain(spec.baseUrl ?? '');
  expect(DOCUMENTATION).toContain(spec.hostEnv ?? '');
});

describe.each(byType)('%s', (_type, spec) => {
  test('has plain names', () => {
    for (const spelling of spellingsOf(spec)) expect(spelling).toMatch(/^[a-z][a-z0-9_-]*$/);
    expect(spec.title.trim()).toBe(spec.title);
    expect(spec.title).not.toBe('');
    const variables = [...spec.apiKeyEnv, ...Object.values(spec.baseUrlEnv ?? {}), spec.hostEnv ?? 'NONE'];
    for (const name of variables) expect(name).toMatch(VARIABLE);
    expect(new Set(variables).size).toBe(variables.length);
  });

  test('is data', () => {
    const { openTransport: _code, scriptProblem: _check, ...data } = spec;
    expect(structuredClone(data)).toEqual(data);
  });

  test('either speaks a format or says why not', () => {
    expect(Object.keys(spec.chat).length === 0).toBe(spec.unsupported !== undefined);
    expect(spec.unsupported?.trim()).not.toBe('');
  });
});

describe.each(supported)('%s', (_type, spec) => {
  test('has a base URL, https unless local, that its own variables complete', () => {
    const standard = resolveBaseUrl({ ...spec, baseUrl: spec.baseUrl ?? 'https://a.example' }, (name) =>
      name === spec.hostEnv ? undefined : 'example',
    );
    if (!standard.ok) throw new Error(standard.reason);
    const { protocol, hostname } = new URL(standard.baseUrl);
    expect(protocol).toBe(LOCAL_HOSTS.has(hostname) ? 'http:' : 'https:');
    expect(standard.baseUrl).not.toMatch(/[{}]|\/$/);
    const placeholders = [...(spec.baseUrl ?? '').matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect(placeholders).toEqual(Object.keys(spec.baseUrlEnv ?? {}));
  });

  test('needs a key unless it is local or wherever the user says', () => {
    const isVendor = spec.type === 'azure_openai' || spec.baseUrl?.startsWith('https://') === true;
    expect(spec.isKeyOptional).toBe(!isVendor || spec.openTransport !== undefined);
  });

  test('its chat URL is the base URL with the path below it', () => {
    const base = (spec.baseUrl ?? 'https://a.example').replaceAll(/[{}]/g, '');
    expect(spec.versionPath).toMatch(/^(\/[a-z0-9-]+)*$/);
    const paths = Object.entries({ ...spec.vendorChat, ...spec.chat }).flatMap(([protocol, path]) => {
      expect(CHAT_PROTOCOLS).toContain(protocol);
      return typeof path === 'string' ? [path] : [path.whole, path.stream];
    });
    for (const path of [...paths, ...(spec.tokenCountPath === undefined ? [] : [spec.tokenCountPath])]) {
      const parts = { baseUrl: base, versionPath: spec.versionPath, path, endpoint: undefined, settings: {} };
      const { href } = createEndpointBuilder(parts)('a-model');
      expect(href.startsWith(spec.baseUrl === undefined ? base : `${base}/`)).toBe(true);
      expect(href).not.toMatch(/[{}|]|%7B/i);
      if (spec.baseUrl !== undefined) expect(href).toBe(base + path.replace('{model}', 'a-model'));
    }
  });

  test('its key travels in a header of its own', () => {
    if (spec.auth.kind === 'none') {
      expect([spec.isKeyOptional, spec.apiKeyEnv]).toEqual([true, []]);
      return;
    }
    expect(spec.auth.header).toMatch(/^[a-z-]+$/);
    expect(Object.keys(spec.headers ?? {})).not.toContain(spec.auth.header);
    expect(spec.isKeyOptional || spec.apiKeyEnv.length > 0).toBe(true);
  });

  test('its edits do not contradict each other', () => {
    const { drop = [], rename = {}, add = {} } = spec.edits ?? {};
    const fields = [...drop, ...Object.keys(rename), ...Object.keys(add)];
    for (const field of [...fields, ...Object.values(rename)]) expect(field).toMatch(FIELD);
    expect(new Set(fields).size).toBe(fields.length);
    for (const field of [...drop, ...Object.keys(rename)]) {
      expect(Object.values(rename)).not.toContain(field);
      expect(OURS).not.toContain(field);
    }
    const asksForUsage = spec.streamUsage === 'stream_options';
    expect(asksForUsage && drop.includes('stream_options')).toBe(false);
  });
});
