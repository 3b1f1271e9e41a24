import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../src/lib/digest.ts';
import { linesOf, loadText, snapshotOf, type TextOptions } from './load-text.ts';

describe('router keys', () => {
  const keysOf = (text: string, options: TextOptions = {}) => snapshotOf(text, options).apiKeys;

  test('only the hash of a key is kept', () => {
    expect(keysOf('[[api_keys]]\nkey = "team-secret"\nname = "team"\nrole = "call"\n')).toEqual([
      {
        name: 'team',
        keyHash: sha256Hex('team-secret'),
        isActive: true,
        allowedModels: undefined,
        allowedProviders: undefined,
        role: 'call',
      },
    ]);
  });

  test('several with commas are numbered; without a name they are called API Key', () => {
    const text =
      '[[api_keys]]\nkey = "a, b,,c"\nrole = "call"\n[[api_keys]]\nkey_env = "MINE"\nname = "mine"\nrole = "call"\n';
    expect(keysOf(text, { env: { MINE: 'd , e' } }).map(({ name, keyHash }) => [name, keyHash])).toEqual([
      ['API Key', sha256Hex('a')],
      ['API Key #2', sha256Hex('b')],
      ['API Key #3', sha256Hex('c')],
      ['mine', sha256Hex('d')],
      ['mine #2', sha256Hex('e')],
    ]);
  });

  test('an empty list allows nothing, a missing one everything', () => {
    const text = '[[api_keys]]\nkey = "a"\nallowed_models = []\n';
    expect(keysOf(text)[0]).toMatchObject({ allowedModels: [], allowedProviders: undefined, role: 'call' });
  });

  test('an unset variable leaves the key out, with a warning', () => {
    const text = '[[api_keys]]\nkey_env = "MINE"\nrole = "admin"\n';
    expect(keysOf(text)).toEqual([]);
    expect(linesOf(text, 'warning')).toEqual(['2:1 api_keys[0].key_env: MINE is not set: the key is left out']);
  });

  test('without role and restriction it is an administrator, which one warning says', () => {
    const text =
      '[[api_keys]]\nkey = "a"\nname = "first"\n[[api_keys]]\nkey = "b"\n[[api_keys]]\nkey = "c"\nrole = "monitor"\n';
    expect(keysOf(text).map(({ role }) => role)).toEqual(['admin', 'admin', 'monitor']);
    expect(linesOf(text, 'warning')).toEqual([
      '1:1 api_keys[0]: "first", "API Key": without role and restrictions a key may do everything; write role = "admin" or "call"',
    ]);
  });

  test.each([
    'allowed_models = []',
    'allowed_providers = []',
    'parameter_limits = { max_tokens = 5 }',
    'expires_at = 2027-01-01T00:00:00Z',
    'denied_tags = ["x"]',
    'ip_allowlist = []',
  ])('any restriction, enforced or not, makes it a key for calls: %s', (line) => {
    const text = `[[api_keys]]\nkey = "a"\n${line}\n`;
    expect(keysOf(text)[0]?.role).toBe('call');
    expect(linesOf(text, 'warning')).toEqual([]);
  });

  test('those of the environment are added, unrestricted', () => {
    const env = { LLM_ROUTER_API_KEYS: 'x,, y,x' };
    expect(keysOf('[[api_keys]]\nkey = "a"\nrole = "call"\n', { env })).toMatchObject([
      { name: 'API Key' },
      { name: 'LLM_ROUTER_API_KEYS', role: 'admin', allowedModels: undefined, keyHash: sha256Hex('x') },
      { name: 'LLM_ROUTER_API_KEYS #2', role: 'admin', keyHash: sha256Hex('y') },
    ]);
  });

  test('the same key twice is an error, also through variables', () => {
    const text = '[[api_keys]]\nkey = "a"\nrole = "call"\n[[api_keys]]\nkey_env = "MINE"\nrole = "call"\n';
    expect(linesOf(text, 'error', { env: { MINE: 'b,a' } })).toEqual([
      '4:1 api_keys[1]: the same key is there twice: first in api_keys[0]',
    ]);
    expect(linesOf('[[api_keys]]\nkey = "a,a"\nrole = "call"\n', 'error')).toHaveLength(1);
  });

  test('what the file says about a key of the environment counts', () => {
    const text = '[[api_keys]]\nkey = "a"\nallowed_models = []\n';
    const options = { env: { LLM_ROUTER_API_KEYS: 'a' } };
    expect(keysOf(text, options)).toMatchObject([{ role: 'call', allowedModels: [] }]);
    expect(linesOf(text, 'warning', options)).toHaveLength(1);
  });
});

describe('server', () => {
  test('defaults', () => {
    expect(snapshotOf('').server).toEqual({
      host: '127.0.0.1',
      port: 8000,
      dataDir: 'data',
      allowLocalWithoutAuth: true,
      allowUnauthenticated: false,
      allowedHosts: [],
      maxBodyBytes: 20_971_520,
      drainSeconds: 30,
      streamHeartbeatMs: 15_000,
    });
  });

  const file = `[server]
host = "0.0.0.0"
port = 18000
data_dir = "/var/lib/router"
allow_local_without_auth = false
allow_unauthenticated = true
allowed_hosts = ["Router.Example.ORG:8443", " [FD00::1]:80", "plain", "fd00::2", ""]
max_body_bytes = 1048576
drain_seconds = 0.5
stream_heartbeat_ms = 0
`;

  test('the file', () => {
    expect(snapshotOf(file).server).toEqual({
      host: '0.0.0.0',
      port: 18_000,
      dataDir: '/var/lib/router',
      allowLocalWithoutAuth: false,
      allowUnauthenticated: true,
      allowedHosts: ['router.example.org', '[fd00::1]', 'plain', 'fd00::2'],
      maxBodyBytes: 1_048_576,
      drainSeconds: 0.5,
      streamHeartbeatMs: 0,
    });
  });

  test('the environment beats the file, the command line beats both', () => {
    const env = {
      HOST: 'ignored',
      LLM_ROUTER_HOST: '::1',
      PORT: '9001',
      LLM_ROUTER_DATA_DIR: '/tmp/x',
      LLM_ROUTER_ALLOW_LOCAL_WITHOUT_AUTH: 'YES',
      LLM_ROUTER_REQUIRE_AUTH: 'true',
    };
    const expected = {
      host: '::1',
      port: 9001,
      dataDir: '/tmp/x',
      allowLocalWithoutAuth: true,
      allowUnauthenticated: false,
    };
    expect(snapshotOf(file, { env }).server).toMatchObject(expected);
    const overrides = { host: 'localhost', port: 0, dataDir: 'd' };
    expect(snapshotOf(file, { env, overrides }).server).toMatchObject(overrides);
    expect(snapshotOf(file, { env: { HOST: 'h', LLM_ROUTER_HOST: ' ', PORT: '' } }).server).toMatchObject({
      host: 'h',
      port: 18_000,
    });
    expect(snapshotOf('', { env: { LLM_ROUTER_REQUIRE_AUTH: '0' } }).server.allowUnauthenticated).toBe(true);
  });

  test.each([
    ['LLM_ROUTER_PORT', '65536'],
    ['PORT', 'http'],
    ['LLM_ROUTER_REQUIRE_AUTH', 'maybe'],
    ['LLM_ROUTER_ALLOW_LOCAL_WITHOUT_AUTH', 'constructor'],
  ])('%s=%s is an error', (name, value) => {
    const options = { env: { [name]: value } };
    expect(loadText('', options).ok).toBe(false);
    expect(linesOf('', 'error', options)[0]).toContain(name);
  });
});

test('variables of earlier versions that have no effect are mentioned', () => {
  const env = { LLM_ROUTER_REDIS_URL: 'redis://:canary@r', LLM_ROUTER_MODEL_STORE: '', LLM_ROUTER_PG_DSN: 'x' };
  expect(linesOf('', 'notice', { env })).toEqual([
    'undefined:undefined LLM_ROUTER_PG_DSN: the variable is known, but not active in this version',
    'undefined:undefined LLM_ROUTER_REDIS_URL: the variable is known, but not active in this version',
  ]);
});

test('routing and routes', () => {
  const { routing, routes } = snapshotOf(`[routing]
fallback = false
default_tags = [" chat ", "chat"]
default_pair = "daily"
default_strong_model = "a/b"
default_weak_model = "a/c/d"
analyzer_model = "o/t"
analyzer_timeout_ms = 100
auto_fallback_mode = "strong"
pairs = [{ name = "daily", strong_model = "a/b", weak_model = "a/c" }]
[[routes]]
name = "coder"
tags = ["coding", ""]
any_tags = ["fast", "cheap"]
not_tags = ["local"]
prefer = ["free"]
`);
  expect(routing).toEqual({
    strategy: 'priority',
    fallback: false,
    defaultTags: ['chat'],
    pairs: [{ name: 'daily', strongModel: 'a/b', weakModel: 'a/c' }],
    defaultPair: 'daily',
    defaultStrongModel: 'a/b',
    defaultWeakModel: 'a/c/d',
    analyzerModel: 'o/t',
    analyzerTimeoutMs: 100,
    autoFallbackMode: 'strong',
  });
  expect([...routes.values()]).toEqual([
    { name: 'coder', tags: ['coding'], anyTags: ['fast', 'cheap'], notTags: ['local'], prefer: ['free'] },
  ]);
  expect(snapshotOf('').routing).toMatchObject({ fallback: true, analyzerTimeoutMs: 1500, autoFallbackMode: 'weak' });
});

test('a snapshot says where it comes from, and cannot be changed', () => {
  const text =
    '[[providers]]\nname = "p"\ntype = "ollama"\n[[models]]\nname = "m"\nprovider = "p"\nconfig = { a = { b = [1] } }\n';
  const snapshot = snapshotOf(text, { version: 7 });
  expect(snapshot).toMatchObject({ version: 7, digest: sha256Hex(text), file: '/etc/router.toml', problems: [] });
  const model = snapshot.models.get('p/m')!;
  const nested = (model.config['a'] as { b: unknown[] }).b;
  for (const value of [
    snapshot,
    snapshot.server,
    snapshot.ranked,
    snapshot.apiKeys,
    snapshot.routing,
    model,
    model.provider,
    model.config,
    nested,
  ]) {
    expect(Object.isFrozen(value)).toBe(true);
  }
});
