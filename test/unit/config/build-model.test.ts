import { describe, expect, test } from 'vitest';
import { linesOf, loadText, modelOf, snapshotOf } from './load-text.ts';

test('a model with nothing but its name', () => {
  expect(modelOf('')).toMatchObject({
    key: 'p/m',
    name: 'm',
    displayName: 'm',
    description: undefined,
    upstreamName: 'm',
    remoteIdentifier: undefined,
    isActive: true,
    priority: 0,
    weight: 1,
    defaultParams: {},
    config: {},
    rateLimit: undefined,
    contextWindow: undefined,
    maxOutputTokens: undefined,
    price: undefined,
    downloadUri: undefined,
    localPath: undefined,
  });
  expect(modelOf('').tags.size + modelOf('').abilities.size).toBe(0);
});

test('the name at the provider: remote_identifier, else config.model, else the name', () => {
  expect(modelOf('remote_identifier = "r"\nconfig = { model = "c" }')).toMatchObject({
    upstreamName: 'r',
    remoteIdentifier: 'r',
  });
  expect(modelOf('remote_identifier = ""\nconfig = { model = "c" }')).toMatchObject({
    upstreamName: 'c',
    remoteIdentifier: undefined,
  });
});

test('tags are trimmed and merged, blank ones dropped, their case kept', () => {
  expect([...modelOf('tags = [" Chat", "chat", "", "chat ", "  "]').tags]).toEqual(['Chat', 'chat']);
});

test('config may be written inline, as a table or with dots', () => {
  const config = { priority: 5, languages: ['en'], own: 1 };
  for (const lines of [
    'config = { priority = 5, languages = ["en"], own = 1 }',
    '[models.config]\npriority = 5\nlanguages = ["en"]\nown = 1',
    'config.priority = 5\nconfig.languages = ["en"]\nconfig.own = 1',
  ]) {
    expect(modelOf(lines)).toMatchObject({ config, priority: 5 });
  }
});

describe('context window', () => {
  test.each([
    ['context_window = 131072', 131_072],
    ['context_window = "128k"', 128_000],
    ['config = { context_window = "128k" }', 128_000],
    ['config = { context_window = "1M" }', 1_000_000],
    ['config = { context_window = " 1.5 m " }', 1_500_000],
    ['config = { context_window = "32000" }', 32_000],
    ['config = { context_window = 8192 }', 8192],
    ['context_window = 5\nconfig = { context_window = "1M" }', 5],
    ['config = { context_window = "unlimited" }', undefined],
    ['config = { context_window = "0k" }', undefined],
  ])('%s', (lines, expected) => {
    expect(modelOf(lines).contextWindow).toBe(expected);
  });

  test('of the model itself must be right', () => {
    for (const value of ['"huge"', '0', '1.5', 'true']) {
      const text = `[[providers]]\nname = "p"\ntype = "ollama"\n[[models]]\nname = "m"\nprovider = "p"\ncontext_window = ${value}\n`;
      expect(loadText(text).ok).toBe(false);
    }
  });
});

describe('abilities', () => {
  const abilitiesOf = (lines: string) => Object.fromEntries(modelOf(lines).abilities);

  test('come from tags, which only say what is there', () => {
    expect(abilitiesOf('tags = ["image", "chat"]')).toEqual({ image: true });
    expect(abilitiesOf('tags = ["vision", "audio", "video", "tool-calling"]')).toEqual({
      image: true,
      audio: true,
      video: true,
      tools: true,
    });
    expect(abilitiesOf('tags = ["function-call", "constructor", "toString"]')).toEqual({ tools: true });
  });

  test('of config beat tags, those of capabilities beat both', () => {
    const lines = 'tags = ["image", "function-call"]\nconfig = { supports_vision = false, supports_tools = true }';
    expect(abilitiesOf(lines)).toEqual({ image: false, tools: true });
    expect(
      abilitiesOf(`${lines}\ncapabilities = { image = true, tools = false, json_schema = true, document = false }`),
    ).toEqual({
      image: true,
      tools: false,
      json_schema: true,
      document: false,
    });
  });
});

describe('price in US dollars for a million tokens', () => {
  const priceOf = (lines: string) => {
    const price = modelOf(lines).price;
    return (
      price && [
        price.inputUsdPerMillion,
        price.outputUsdPerMillion,
        price.cacheReadUsdPerMillion,
        price.cacheWriteUsdPerMillion,
      ]
    );
  };

  test.each([
    ['price = { input = 0.59, output = 0.79 }', [0.59, 0.79, 0.59, 0.59]],
    ['price = { input = 3, output = 15, cache_read = 0.3, cache_write = 3.75 }', [3, 15, 0.3, 3.75]],
    ['price = { input = 3, output = 15, cache_read = 0 }', [3, 15, 0, 3]],
    ['price = { input = 1, output = 2 }\nconfig = { cost_per_1k_tokens = 9 }', [1, 2, 1, 1]],
    ['config = { cost_per_1k_tokens = 0.0005, cost_per_1k_completion_tokens = 0.003 }', [0.5, 3, 0.5, 0.5]],
    ['config = { cost_per_1k_tokens = 0.001 }', [1, 1, 1, 1]],
    ['config = { cost_per_1k_completion_tokens = 0.012 }', [0, 12, 0, 0]],
    ['config = { cost_per_1k_tokens = 0.0, cost_per_1k_completion_tokens = 0.0 }', [0, 0, 0, 0]],
    ['config = { cost_per_1k_tokens = 0.0011 }', [1.1, 1.1, 1.1, 1.1]],
  ])('%s', (lines, expected) => {
    expect(priceOf(lines)).toEqual(expected);
  });
});

test('rate limit: the bucket holds max_requests unless burst_size says otherwise', () => {
  expect(modelOf('rate_limit = { max_requests = 5, per_seconds = 60 }').rateLimit).toEqual({
    maxRequests: 5,
    perSeconds: 60,
    burstSize: 5,
    maxWaitMs: 2000,
    notes: undefined,
    config: {},
  });
  const full = 'max_requests = 5, per_seconds = 60, burst_size = 9, max_wait_ms = 0, notes = "n", config = { a = 1 }';
  expect(modelOf(`rate_limit = { ${full} }`).rateLimit).toEqual({
    maxRequests: 5,
    perSeconds: 60,
    burstSize: 9,
    maxWaitMs: 0,
    notes: 'n',
    config: { a: 1 },
  });
});

describe('timeouts and retries', () => {
  const snapshot = (model: string, provider: string, rest: string, env: Record<string, string> = {}) =>
    snapshotOf(
      `${rest}\n[[providers]]\nname = "p"\ntype = "ollama"\n${provider}\n[[models]]\nname = "m"\nprovider = "p"\n${model}\n`,
      { env },
    );
  const timeouts = (...parts: Parameters<typeof snapshot>) => {
    const { firstTokenMs, idleMs, totalMs } = snapshot(...parts).models.get('p/m')!.timeouts;
    return [firstTokenMs, idleMs, totalMs];
  };

  test('the nearest wins, key by key', () => {
    expect(timeouts('', '', '')).toEqual([60_000, 60_000, 600_000]);
    expect(timeouts('', '', '[timeouts]\nidle_ms = 1')).toEqual([60_000, 1, 600_000]);
    const provider = 'timeouts = { idle_ms = 2, total_ms = 2 }';
    expect(timeouts('timeouts = { total_ms = 3 }', provider, '[timeouts]\nidle_ms = 1\nfirst_token_ms = 1')).toEqual([
      1, 2, 3,
    ]);
  });

  test('a timeout of settings stands between the provider and the file, one of the environment behind all', () => {
    const settings = 'settings = { timeout = 45 }';
    expect(timeouts('', settings, '[timeouts]\nidle_ms = 1')).toEqual([45_000, 45_000, 600_000]);
    expect(timeouts('', `${settings}\ntimeouts = { idle_ms = 2 }`, '')).toEqual([45_000, 2, 600_000]);
    const env = { LLM_ROUTER_DEFAULT_TIMEOUT: '7.5' };
    expect(timeouts('', '', '', env)).toEqual([7500, 7500, 600_000]);
    expect(timeouts('', '', '[timeouts]\nidle_ms = 1', env)).toEqual([7500, 1, 600_000]);
    expect(snapshot('', settings, '', env).timeouts.firstTokenMs).toBe(7500);
  });

  test('retries likewise', () => {
    const { models, retry } = snapshot(
      'retry = { max_attempts = 5 }',
      'retry = { max_attempts = 4, base_delay_ms = 0 }',
      '[retry]\nmax_attempts = 3\nmax_delay_ms = 9\nmax_targets = 1\nbudget_percent = 7',
    );
    expect(models.get('p/m')?.retry).toEqual({
      maxAttempts: 5,
      baseDelayMs: 0,
      maxDelayMs: 9,
      retryAfterCapMs: 30_000,
      maxTargets: 1,
      budgetPercent: 7,
    });
    expect(retry).toEqual({
      maxAttempts: 3,
      baseDelayMs: 50,
      maxDelayMs: 9,
      retryAfterCapMs: 30_000,
      maxTargets: 1,
      budgetPercent: 7,
    });
  });

  test('breakers likewise, also from the older place in [routing]', () => {
    const { models, breaker } = snapshot(
      'circuit_breaker = { failure_threshold = 1 }',
      'circuit_breaker = { failure_threshold = 2, error_rate = 0.2 }',
      '[circuit_breaker]\nfailure_threshold = 3\nerror_rate = 0.3\nmin_requests = 3\n' +
        '[routing.circuit_breaker]\nfailure_threshold = 4\nmin_requests = 4\nwindow_seconds = 4',
    );
    const defaults = { cooldownSeconds: 30, halfOpenMaxRequests: 1 };
    expect(models.get('p/m')?.breaker).toEqual({
      failureThreshold: 1,
      errorRate: 0.2,
      minRequests: 3,
      windowSeconds: 4,
      ...defaults,
    });
    expect(breaker).toEqual({ failureThreshold: 3, errorRate: 0.3, minRequests: 3, windowSeconds: 4, ...defaults });
  });

  test('breakers are there by default and may be switched off at any of these places', () => {
    const off = 'circuit_breaker = { enabled = false }';
    const on = 'circuit_breaker = { enabled = true }';
    const defaults = { failureThreshold: 5, errorRate: 0.5, minRequests: 20, windowSeconds: 30 };
    expect(snapshot('', '', '').models.get('p/m')?.breaker).toMatchObject(defaults);
    expect(snapshot(off, on, '').models.get('p/m')?.breaker).toBeUndefined();
    expect(snapshot('', off, '').models.get('p/m')?.breaker).toBeUndefined();
    expect(snapshot('', '', '[routing.circuit_breaker]\nenabled = false').models.get('p/m')?.breaker).toBeUndefined();
    expect(snapshot(on, off, '').models.get('p/m')?.breaker).toMatchObject(defaults);
    expect(snapshot('', off, '').breaker).toMatchObject(defaults);
  });

  test('probes are off unless they are asked for', () => {
    const healthOf = (table: string) => snapshot('', '', `[routing.health_check]\n${table}`).routing.healthCheck;
    expect(healthOf('interval_seconds = 5')).toBeUndefined();
    expect(healthOf('enabled = true')).toEqual({ intervalSeconds: 30, timeoutSeconds: 3, path: undefined });
    expect(healthOf('enabled = true\ninterval_seconds = 5\ntimeout_seconds = 1.5\npath = " /health"')).toEqual({
      intervalSeconds: 5,
      timeoutSeconds: 1.5,
      path: '/health',
    });
  });

  test('a default timeout that is no number is an error under its name', () => {
    expect(linesOf('', 'error', { env: { LLM_ROUTER_DEFAULT_TIMEOUT: 'soon' } })).toEqual([
      'undefined:undefined LLM_ROUTER_DEFAULT_TIMEOUT: expected a number of seconds above 0, at most 86400',
    ]);
  });
});

describe('all models together', () => {
  const text = `[[providers]]
name = "a"
type = "ollama"
[[providers]]
name = "b"
type = "ollama"
is_active = false
[[local.models]]
name = "nested"
provider = "a"
[[models]]
name = "alpha"
provider = "a"
remote_identifier = "shared"
[[models]]
name = "zulu"
provider = "a"
[[models]]
name = "zulu"
provider = "b"
remote_identifier = "shared"
is_active = false
[[models]]
name = "top"
provider = "a"
config = { priority = 0.5 }
[[models]]
name = "org/x:free y"
provider = "a"
`;
  const { models, ranked, modelsByName, modelsByRemoteIdentifier } = snapshotOf(text);

  test('stand in the order of the file, nested ones after the flat ones', () => {
    expect([...models.keys()]).toEqual(['a/alpha', 'a/zulu', 'b/zulu', 'a/top', 'a/org/x:free y', 'a/nested']);
  });

  test('are ranked by priority, then by name descending, then in the order of the file', () => {
    const keys = ['a/top', 'a/zulu', 'b/zulu', 'a/org/x:free y', 'a/nested', 'a/alpha'];
    expect(ranked.map((model) => model.key)).toEqual(keys);
  });

  test('are found by name and by remote identifier, in ranked order', () => {
    expect(modelsByName.get('zulu')?.map((model) => model.key)).toEqual(['a/zulu', 'b/zulu']);
    expect(modelsByRemoteIdentifier.get('shared')?.map((model) => model.key)).toEqual(['b/zulu', 'a/alpha']);
    expect([...modelsByRemoteIdentifier.keys()]).toEqual(['shared']);
  });

  test('of an inactive provider are loaded', () => {
    expect(models.get('b/zulu')).toMatchObject({ isActive: false, provider: { name: 'b', isActive: false } });
  });
});
