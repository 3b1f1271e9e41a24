import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { SERVICES } from '../../../src/canonical/service-id.ts';
import { createEndpointBuilder } from '../../../src/providers/endpoint-url.ts';
import { PROVIDER_SPECS } from '../../../src/providers/registry.ts';
import type { ProviderSpec } from '../../../src/providers/spec.ts';

const DOC = readFileSync(resolve(import.meta.dirname, '../../../docs/services.md'), 'utf8');
const specs: readonly ProviderSpec[] = PROVIDER_SPECS;

test('docs/services.md lists what each type answers beside chat', () => {
  const rows = specs.flatMap(({ type, services = {} }) => {
    const names = Object.keys(services).map((name) => `\`${name}\``);
    return names.length === 0 ? [] : [`| \`${type}\` | ${names.join(', ')} |`];
  });
  expect(rows.length).toBeGreaterThan(15);
  expect(DOC.trimEnd().split('\n').slice(-rows.length)).toEqual(rows);
});

test.each(SERVICES)('some type has %s', (service) => {
  expect(specs.some(({ services }) => services?.[service] !== undefined)).toBe(true);
});

function urlOf(type: string, service: (typeof SERVICES)[number], base?: string): string | undefined {
  const spec = specs.find((candidate) => candidate.type === type);
  const path = spec?.services?.[service];
  const baseUrl = base ?? spec?.baseUrl;
  if (spec === undefined || path === undefined || baseUrl === undefined) return undefined;
  const { versionPath } = spec;
  return createEndpointBuilder({ baseUrl, versionPath, path, endpoint: undefined, settings: {} })('m').href;
}

test.each([
  ['openai', 'speech', 'https://api.openai.com/v1/audio/speech'],
  ['gemini', 'gemini-embed', 'https://generativelanguage.googleapis.com/v1beta/models/m:batchEmbedContents'],
  ['cohere', 'rerank', 'https://api.cohere.com/v2/rerank'],
  ['ollama', 'ollama-embed', 'http://localhost:11434/api/embed'],
  ['ollama', 'completions', 'http://localhost:11434/v1/completions'],
  ['groq', 'transcriptions', 'https://api.groq.com/openai/v1/audio/transcriptions'],
  ['glm', 'openai-embeddings', 'https://open.bigmodel.cn/api/paas/v4/embeddings'],
] as const)('%s: %s is at %s', (type, service, url) => expect(urlOf(type, service)).toBe(url));

test('Azure has one path for each deployment', () => {
  expect(urlOf('azure_openai', 'openai-embeddings', 'https://r.openai.azure.com')).toBe(
    'https://r.openai.azure.com/openai/deployments/m/embeddings?api-version=2024-02-15-preview',
  );
});
