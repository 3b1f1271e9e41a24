import { describe, expect, test } from 'vitest';
import { resolveBaseUrl } from '../../../src/providers/base-url.ts';
import { findProviderSpec } from '../../../src/providers/registry.ts';

function resolve(type: string, variables: Record<string, string> = {}): string {
  const spec = findProviderSpec(type);
  if (spec === undefined) throw new Error(`no type ${type}`);
  const result = resolveBaseUrl(spec, (name) => variables[name]);
  return result.ok ? result.baseUrl : `! ${result.reason}`;
}

test('a vendor is at its own address, whatever the environment says of others', () => {
  expect(resolve('openai', { OPENAI_BASE_URL: 'http://localhost:8000/v1' })).toBe('https://api.openai.com/v1');
});

test('placeholders are filled from the environment, percent-encoded', () => {
  const base = 'https://api.cloudflare.com/client/v4/accounts';
  expect(resolve('cloudflare', { CLOUDFLARE_ACCOUNT_ID: ' abc ' })).toBe(`${base}/abc/ai/v1`);
  expect(resolve('cloudflare', { CLOUDFLARE_ACCOUNT_ID: 'a/../b' })).toBe(`${base}/a%2F..%2Fb/ai/v1`);
  expect(resolve('cloudflare')).toBe('! CLOUDFLARE_ACCOUNT_ID is not set');
  expect(resolve('cloudflare', { CLOUDFLARE_ACCOUNT_ID: ' ' })).toBe('! CLOUDFLARE_ACCOUNT_ID is not set');
});

test('a type without address has to get one from router.toml or its variable', () => {
  expect(resolve('openai-compatible')).toBe('! base_url is missing');
  expect(resolve('azure_openai')).toBe('! base_url is missing and AZURE_OPENAI_ENDPOINT is not set');
  const variables = { AZURE_OPENAI_ENDPOINT: 'https://team.openai.azure.com/' };
  expect(resolve('azure_openai', variables)).toBe('https://team.openai.azure.com');
});

describe('OLLAMA_HOST', () => {
  test.each([
    [undefined, 'http://localhost:11434'],
    ['', 'http://localhost:11434'],
    ['gpu-box', 'http://gpu-box:11434'],
    ['gpu-box:1234', 'http://gpu-box:1234'],
    [':1234', 'http://localhost:1234'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['[::]:11434', 'http://[::1]:11434'],
    ['https://ollama.com', 'https://ollama.com'],
    ['http://gpu-box/ollama/', 'http://gpu-box/ollama'],
    ['http://user:secret@gpu-box', 'http://gpu-box'],
    ['not a host', '! OLLAMA_HOST is neither a URL nor a host'],
  ])('%j is %s', (value, expected) => {
    expect(resolve('ollama', value === undefined ? {} : { OLLAMA_HOST: value })).toBe(expected);
  });
});
