import { expect, test } from 'vitest';
import { problemsOf, snapshotOf } from './load-text.ts';
import { EARLIER_STYLE } from './sample.ts';

const ENV = { LLM_ROUTER_ADMIN_KEY: 'k1,k2' };

test('a file of earlier versions loads without an error', () => {
  const levels = new Set(problemsOf(EARLIER_STYLE, { env: ENV }).map(({ level }) => level));
  expect(levels).toEqual(new Set(['warning', 'notice']));
});

test('everything in it has its meaning', () => {
  const snapshot = snapshotOf(EARLIER_STYLE, { env: ENV });
  expect([...snapshot.models.keys()]).toEqual([
    'openai/mini',
    'claude/sonnet',
    'groq (cn)/org/qwen3:free',
    'ollama/tiny',
  ]);
  expect(snapshot.models.get('openai/mini')).toMatchObject({
    upstreamName: 'gpt-mini',
    displayName: 'GPT mini (免费)',
    priority: 5,
    contextWindow: 256_000,
    defaultParams: { temperature: 0.3 },
    rateLimit: { maxRequests: 60, burstSize: 90, notes: 'vendor limit' },
    price: { inputUsdPerMillion: 0.25, outputUsdPerMillion: 2 },
    timeouts: { firstTokenMs: 45_000, idleMs: 45_000, totalMs: 600_000 },
    provider: { unavailable: 'OPENAI_API_KEY is not set', proxyUrl: 'http://127.0.0.1:7890' },
  });
  expect(snapshot.apiKeys.map(({ name, role }) => [name, role])).toEqual([
    ['管理员密钥', 'admin'],
    ['管理员密钥 #2', 'admin'],
    ['team-a', 'call'],
  ]);
  expect(snapshot.server).toMatchObject({ host: '0.0.0.0', port: 18_000 });
  expect(snapshot.routing).toMatchObject({ defaultPair: 'daily', analyzerModel: 'ollama/tiny' });
  expect(snapshot.providers.get('groq (cn)')?.endpoint).toBe('/v4/chat/completions');
  expect(snapshot.models.get('openai/mini')?.breaker).toMatchObject({ failureThreshold: 3, cooldownSeconds: 30 });
});

test('what it asks for and this version does not do is said once each', () => {
  const notices = problemsOf(EARLIER_STYLE, { env: ENV }).filter(({ level }) => level === 'notice');
  expect(notices.map(({ path }) => path)).toEqual([
    'frontend',
    'routing.load_balance_strategy',
    'routing.channel_fallback',
    'routing.provider_weights',
    'api_keys[1].parameter_limits',
    'plugins',
    'model_updates',
  ]);
});
