import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { linesOf, loadText, providerOf, snapshotOf, type TextOptions } from './load-text.ts';

function provider(type: string, lines = '', options: TextOptions = {}) {
  return providerOf(`[[providers]]\nname = "p"\ntype = "${type}"\n${lines}\n`, options);
}

function warnings(type: string, lines = '', options: TextOptions = {}): string[] {
  return linesOf(`[[providers]]\nname = "p"\ntype = "${type}"\n${lines}\n`, 'warning', options);
}

function keysOf(type: string, lines = '', options: TextOptions = {}): string[] {
  return provider(type, lines, options).apiKeys.map((key) => key.reveal());
}

describe('API keys', () => {
  test('come from api_key, else api_key_env, else the customary variable', () => {
    const env = { OPENAI_API_KEY: 'customary', MINE: 'named' };
    expect(keysOf('openai', 'api_key = "written"\napi_key_env = "MINE"', { env })).toEqual(['written']);
    expect(keysOf('openai', 'settings = { api_key = "inner" }\napi_key_env = "MINE"', { env })).toEqual(['inner']);
    expect(keysOf('openai', 'api_key_env = "MINE"', { env })).toEqual(['named']);
    expect(keysOf('openai', 'api_key = " "\napi_key_env = ""', { env })).toEqual(['customary']);
    expect(keysOf('openai', '', { env: { OPENAI_KEY: 'second', OPENAI_API_KEY: ' ' } })).toEqual(['second']);
  });

  test('are several with commas, or from several variables, each once', () => {
    expect(keysOf('openai', 'api_key = "a, b,,a ,"')).toEqual(['a', 'b']);
    const env = { ONE: 'x,y', TWO: ' y , z\n' };
    expect(keysOf('openai', 'api_key_env = ["ONE", "TWO"]', { env })).toEqual(['x', 'y', 'z']);
  });

  test('an unset variable makes the provider unavailable, never the file', () => {
    const lines = 'api_key_env = "MINE"';
    expect(provider('openai', lines).unavailable).toBe('MINE is not set');
    expect(warnings('openai', lines)).toEqual(['4:1 providers[0].api_key_env: "p" is unavailable: MINE is not set']);
    expect(provider('openai').unavailable).toBe('none of OPENAI_API_KEY, OPENAI_KEY is set');
    expect(provider('groq').unavailable).toBe('GROQ_API_KEY is not set');
    expect(provider('openai', 'api_key = ","').unavailable).toBe('no API key is set');
    expect(warnings('groq', 'is_active = false')).toEqual([]);
  });

  test('one unset variable of several is only worth a warning', () => {
    const options = { env: { ONE: 'x' } };
    const lines = 'api_key_env = ["ONE", "TWO"]';
    expect(provider('openai', lines, options)).toMatchObject({ unavailable: undefined });
    expect(warnings('openai', lines, options)).toEqual(['4:1 providers[0].api_key_env: TWO is not set']);
  });

  test('are not needed by a local server, but sent when there are any', () => {
    expect(provider('vllm', 'base_url = "http://127.0.0.1:9000"')).toMatchObject({
      unavailable: undefined,
      apiKeys: [],
    });
    expect(keysOf('vllm', 'base_url = "http://127.0.0.1:9000"', { env: { VLLM_API_KEY: 'v' } })).toEqual(['v']);
    const named = 'base_url = "http://127.0.0.1:9000"\napi_key_env = "MINE"';
    expect(provider('vllm', named).unavailable).toBeUndefined();
    expect(warnings('vllm', named)).toEqual(['5:1 providers[0].api_key_env: MINE is not set']);
  });

  test('that a header cannot carry make the provider unavailable', () => {
    const reason = 'the API key has characters that cannot be sent in a header';
    expect(provider('openai', '', { env: { OPENAI_API_KEY: 'a\u0000b' } }).unavailable).toBe(reason);
    expect(provider('openai', 'api_key = "schlüssel"').unavailable).toBe(reason);
  });

  test("the vendor's variable is not sent to a stranger", () => {
    const env = { OPENAI_API_KEY: 'customary' };
    const stranger = 'base_url = "https://somebody.example.org/v1"';
    expect(provider('openai', stranger, { env })).toMatchObject({ apiKeys: [], unavailable: undefined });
    expect(warnings('openai', stranger, { env })).toEqual([
      "1:1 providers[0]: OPENAI_API_KEY is not sent, because base_url is not the vendor's; name it with api_key_env if it should be",
    ]);
    expect(warnings('openai', stranger)).toEqual([]);
    expect(keysOf('openai', `${stranger}\napi_key_env = "OPENAI_API_KEY"`, { env })).toEqual(['customary']);
    const local = { env: { VLLM_API_KEY: 'v' } };
    expect(keysOf('vllm', 'base_url = "https://gpu.example.org"', local)).toEqual(['v']);
    for (const url of ['https://eu.openai.test/v1', 'http://127.0.0.1:1', 'http://localhost:1', 'http://[::1]:1']) {
      expect(keysOf('openai', `base_url = "${url}"`, { env })).toEqual(['customary']);
    }
  });

  test('never show in problems, whatever is written where the name of a variable belongs', () => {
    const lines = 'api_key_env = "gsk_canary9876543210"';
    expect(provider('openai', lines).unavailable).toBe('the variable named there is not set');
    expect(JSON.stringify(loadText(`[[providers]]\nname = "p"\ntype = "openai"\n${lines}`))).not.toContain('canary');
  });

  test('do not show when a snapshot is printed', () => {
    const snapshot = snapshotOf(
      '[[providers]]\nname = "p"\ntype = "openai"\napi_key = "sk-canary"\nsettings = { accounts = [{ api_key = "sk-canary" }] }\n[[api_keys]]\nkey = "canary"\nrole = "call"\n',
    );
    expect(inspect(snapshot, { depth: 20 })).not.toContain('canary');
    expect(JSON.stringify([...snapshot.providers.values()])).not.toContain('canary');
  });
});

describe('variables in texts', () => {
  const template = `base_url = "https://\${HOST_NAME}/\${PATH_PART}/"
headers = { X-App = "app \${APP}", X-Plain = "$HOME \${" }
api_key = "\${KEY_ONE},two"`;

  test('are replaced in base_url, headers and api_key', () => {
    const env = { HOST_NAME: 'x.test', PATH_PART: 'v2', APP: 'me', KEY_ONE: 'one' };
    const built = provider('groq', template, { env });
    expect(built).toMatchObject({ baseUrl: 'https://x.test/v2', unavailable: undefined });
    expect(built.headers).toEqual({ 'x-app': 'app me', 'x-plain': `$HOME \${` });
    expect(built.apiKeys.map((key) => key.reveal())).toEqual(['one', 'two']);
  });

  test('without a value make the provider unavailable', () => {
    expect(provider('groq', template, { env: { HOST_NAME: 'x.test', KEY_ONE: 'one' } }).unavailable).toBe(
      'PATH_PART is not set; APP is not set',
    );
    expect(provider('groq', `api_key = "\${KEY_ONE}"`).unavailable).toBe('KEY_ONE is not set');
    expect(provider('groq', `api_key = "a,\${KEY_ONE}"`).unavailable).toBeUndefined();
  });

  test('with values that do not fit make the provider unavailable', () => {
    const env = { GROQ_API_KEY: 'k', V: 'x y\nz' };
    expect(provider('groq', `base_url = "http://\${V}"`, { env }).unavailable).toBe(
      'base_url is no usable URL once filled in',
    );
    expect(provider('groq', `headers = { A = "\${V}" }`, { env }).unavailable).toBe(
      'the header A has characters that cannot be sent',
    );
  });

  test('are replaced once: a value is no template', () => {
    const env = { KEY_ONE: `\${SECRET}`, SECRET: 's' };
    expect(keysOf('groq', `api_key = "\${KEY_ONE}"`, { env })).toEqual([`\${SECRET}`]);
  });
});

describe('base URL', () => {
  const env = { GROQ_API_KEY: 'k', CLOUDFLARE_API_TOKEN: 'k' };

  test('of the provider beats that of its settings beats that of its type', () => {
    expect(provider('groq', '', { env }).baseUrl).toBe('https://api.groq.test');
    const inner = 'settings = { base_url = "http://127.0.0.1:2/" }';
    expect(provider('groq', inner, { env }).baseUrl).toBe('http://127.0.0.1:2');
    expect(provider('groq', `base_url = "http://127.0.0.1:1/v1//"\n${inner}`, { env }).baseUrl).toBe(
      'http://127.0.0.1:1/v1',
    );
  });

  test('has the placeholders of its type filled from the environment', () => {
    expect(provider('cloudflare', '', { env: { ...env, CLOUDFLARE_ACCOUNT_ID: 'a/1' } }).baseUrl).toBe(
      'https://api.cloudflare.test/accounts/a%2F1',
    );
    expect(provider('cloudflare', '', { env }).unavailable).toBe('CLOUDFLARE_ACCOUNT_ID is not set');
    expect(provider('ollama', '', { env: { OLLAMA_HOST: 'box:1234' } }).baseUrl).toBe('http://box:1234');
  });

  test('is missing: the provider is unavailable', () => {
    expect(provider('vllm').unavailable).toBe('base_url is missing');
  });

  test.each(['ftp://x', 'https://u@x', 'https://u:p@x', 'https://x?a=1', 'https://x#f', 'x.test', '/v1', 'http://'])(
    '%s is refused',
    (url) => {
      expect(loadText(`[[providers]]\nname = "p"\ntype = "groq"\nbase_url = "${url}"\n`).ok).toBe(false);
    },
  );

  test.each(['10.1.2.3', '192.168.0.5', '172.31.0.1', '169.254.169.254', '100.64.0.1', '[fd00::1]', '[fe80::1]'])(
    'in a private network is worth a warning unless it is meant: %s',
    (host) => {
      const line = `base_url = "http://${host}:8000/v1"`;
      const message = 'an address in a private network: write allow_private_network = true if it is meant';
      expect(warnings('vllm', line)).toEqual([`4:1 providers[0].base_url: ${message}`]);
      expect(warnings('vllm', `${line}\nallow_private_network = true`)).toEqual([]);
      expect(provider('vllm', line).unavailable).toBeUndefined();
    },
  );

  test.each(['127.0.0.1', 'localhost', '[::1]', '8.8.8.8', '172.32.0.1', 'gpu.internal'])(
    '%s is not private',
    (host) => {
      expect(warnings('vllm', `base_url = "http://${host}:8000"`)).toEqual([]);
    },
  );
});

describe('settings', () => {
  test('get their meaning, the rest is kept', () => {
    const lines = `[providers.settings]
proxy = "http://user:pass@127.0.0.1:7890"
endpoint = "/v4/chat/completions"
auth_header = "X-Token"
auth_scheme = "Token"
headers = { X-Team = "platform", X-Client = "mine" }
timeout = 45
anthropic_version = "2023-06-01"
`;
    const built = provider('openai', lines, { env: { OPENAI_API_KEY: 'k' } });
    expect(built).toMatchObject({
      proxyUrl: 'http://user:pass@127.0.0.1:7890',
      endpoint: '/v4/chat/completions',
      auth: { kind: 'header', header: 'x-token', prefix: 'Token ' },
      headers: { 'x-team': 'platform', 'x-client': 'mine' },
      settings: { anthropic_version: '2023-06-01' },
      unavailable: undefined,
    });
    expect(Object.keys(built.settings)).toEqual(['anthropic_version']);
  });

  test.each([
    ['', { kind: 'header', header: 'x-api-key', prefix: '' }],
    ['settings = { auth_header = "X-Key" }', { kind: 'header', header: 'x-key', prefix: 'Bearer ' }],
    ['settings = { auth_scheme = "Token" }', { kind: 'header', header: 'authorization', prefix: 'Token ' }],
    ['settings = { auth_header = "X-Key", auth_scheme = "" }', { kind: 'header', header: 'x-key', prefix: '' }],
  ])('authentication: %s', (lines, auth) => {
    expect(provider('claude', lines, { env: { ANTHROPIC_API_KEY: 'k' } }).auth).toEqual(auth);
  });

  test('headers: the provider beats its settings beats its type, whatever the case', () => {
    const lines = 'headers = { x-CLIENT = "own", A = "1" }\nsettings = { headers = { X-Client = "inner", b = "2" } }';
    expect(provider('openai', lines, { env: { OPENAI_API_KEY: 'k' } }).headers).toEqual({
      'x-client': 'own',
      a: '1',
      b: '2',
    });
    expect(provider('openai', '', { env: { OPENAI_API_KEY: 'k' } }).headers).toEqual({ 'x-client': 'router' });
  });
});

test('what comes from the type is handed on', () => {
  expect(provider('claude', 'any_model = true\nis_active = false')).toMatchObject({
    edits: { drop: ['logprobs'] },
    streamUsage: 'stream_options',
    anyModel: true,
    isActive: false,
  });
  expect(provider('shell').unavailable).toBe('not in this version');
});

test('connect_ms: of the provider, else of all, else 5 s', () => {
  expect(provider('ollama').connectMs).toBe(3000);
  expect(provider('ollama', 'timeouts = { connect_ms = 7 }\n[timeouts]\nconnect_ms = 9').connectMs).toBe(7);
  expect(provider('ollama', '[timeouts]\nconnect_ms = 9').connectMs).toBe(9);
});

test('the fingerprint changes with what a connection depends on, and with nothing else', () => {
  const base = provider('vllm', 'base_url = "http://127.0.0.1:1"').fingerprint;
  const same = [
    'base_url = "http://127.0.0.1:1/"',
    'base_url = "http://127.0.0.1:1"\napi_key = "k"\nheaders = { a = "b" }',
  ];
  for (const lines of same) expect(provider('vllm', lines).fingerprint).toBe(base);
  const other = [
    'base_url = "http://127.0.0.1:2"',
    'base_url = "http://127.0.0.1:1"\nsettings = { proxy = "http://127.0.0.1:3" }',
    'base_url = "http://127.0.0.1:1"\ntimeouts = { connect_ms = 1 }',
  ];
  expect(new Set([base, ...other.map((lines) => provider('vllm', lines).fingerprint)]).size).toBe(4);
  expect(base).toMatch(/^[0-9a-f]{64}$/);
});
