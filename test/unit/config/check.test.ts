import { describe, expect, test } from 'vitest';
import { formatProblems } from '../../../src/config/format-problems.ts';
import { linesOf, loadText, problemsOf, snapshotOf } from './load-text.ts';

const PROVIDER = '[[providers]]\nname = "p"\ntype = "ollama"\n';
const MODEL = '[[models]]\nname = "m"\nprovider = "p"\n';

describe('errors reject the file', () => {
  test('all of them are found, each with its place', () => {
    const text = `[server]
port = 70000
host = 5
[timeouts]
idle_ms = 0
[[providers]]
name = "a/b"
type = "ollama"
base_url = "ftp://x"
is_active = "yes"
[[providers]]
type = "groq"
[[models]]
name = "m"
provider = "p"
tags = ["a", 1]
[models.rate_limit]
max_requests = 0
burst_size = 5
[[api_keys]]
name = "none"
role = "root"
`;
    expect(linesOf(text, 'error')).toEqual([
      '2:1 server.port: expected an integer from 1 to 65535, found 70000',
      '3:1 server.host: expected a text, found 5',
      '5:1 timeouts.idle_ms: expected an integer from 1 to 86400000, found 0',
      '7:1 providers[0].name: expected a name of 1 to 255 characters on one line, without "/", found "a/b"',
      '9:1 providers[0].base_url: expected an http or https URL without user, password, query and fragment, found a text that is not shown here',
      '10:1 providers[0].is_active: expected true or false, found "yes"',
      '11:1 providers[1]: `name` is missing',
      '16:14 models[0].tags[1]: expected a text, found 1',
      '17:1 models[0].rate_limit: `max_requests`, `max_tokens` or `max_concurrency` is missing',
      '18:1 models[0].rate_limit.max_requests: expected an integer of at least 1, found 0',
      '20:1 api_keys[0]: `key` or `key_env` is missing',
      '22:1 api_keys[0].role: expected "call", "monitor" or "admin", found "root"',
    ]);
  });

  test.each([
    ['a provider twice', `${PROVIDER}${PROVIDER}`, '5:1 providers[1].name: "p" is there twice: first as providers[0]'],
    [
      'a model twice at one provider',
      `${PROVIDER}${MODEL}[[x.models]]\nname = "m"\nprovider = "p"\n`,
      '8:1 x.models[0].name: "p/m" is there twice: first as models[0]',
    ],
    [
      'a route twice',
      '[[routes]]\nname = "r"\nprefer = ["x"]\n[[routes]]\nname = "r"\nprefer = ["x"]\n',
      '5:1 routes[1].name: "r" is there twice: first as routes[0]',
    ],
    [
      'a pair twice',
      '[[routing.pairs]]\nname = "d"\nstrong_model = "p/m"\nweak_model = "p/m"\n'.repeat(2),
      '6:1 routing.pairs[1].name: "d" is there twice: first as routing.pairs[0]',
    ],
    [
      'a burst below the rate',
      `${PROVIDER}${MODEL}rate_limit = { max_requests = 5, per_seconds = 1, burst_size = 4 }\n`,
      '7:51 models[0].rate_limit.burst_size: expected at least max_requests (5), found 4',
    ],
    [
      'one table for a list of them',
      '[providers]\nname = "p"\n',
      '1:1 providers: expected a list of tables, written with [[ ]], found a table',
    ],
    [
      'a list of other things',
      'models = ["m"]\n',
      '1:11 models[0]: expected a table, found a text that is not shown here',
    ],
    [
      'a missing pair',
      '[routing]\ndefault_pair = "dayly"\npairs = [{ name = "daily", strong_model = "p/m", weak_model = "p/m" }]\n',
      '2:1 routing.default_pair: there is no pair "dayly": did you mean "daily"?',
    ],
    [
      'a pair of bare names',
      '[[routing.pairs]]\nname = "d"\nstrong_model = "m"\nweak_model = "p/m"\n',
      '3:1 routing.pairs[0].strong_model: expected a model as "provider/model", found "m"',
    ],
    [
      'a route of the wrong shape',
      '[[routes]]\nname = "r"\ntags = "x"\n',
      '3:1 routes[0].tags: expected a list, each item a text, found a text that is not shown here',
    ],
    [
      'an analyzer that hurries',
      '[routing]\nanalyzer_timeout_ms = 99\n',
      '2:1 routing.analyzer_timeout_ms: expected an integer from 100 to 10000, found 99',
    ],
    [
      'a price without its other half',
      `${PROVIDER}${MODEL}price = { input = 1 }\n`,
      '7:1 models[0].price: `output` is missing',
    ],
    [
      'a header of the connection',
      `${PROVIDER}headers = { Content-Length = "1" }\n`,
      '4:13 providers[0].headers.Content-Length: expected the name of a header that may be set, found `Content-Length`',
    ],
    [
      'a variable in a router key',
      `[[api_keys]]\nkey = "\${KEY}"\n`,
      '2:1 api_keys[0].key: variables are not replaced here: name the variable with `key_env`',
    ],
    [
      'an unknown strategy',
      '[routing]\nstrategy = "fastest"\n',
      '2:1 routing.strategy: expected "priority", "weighted", "round_robin", "lowest_cost", "lowest_latency", "highest_throughput" or "least_busy", found "fastest"',
    ],
  ])('%s', (_name, text, line) => {
    expect(linesOf(text, 'error')).toEqual([line]);
    expect(loadText(text).ok).toBe(false);
  });

  test('the type of what is not active is checked too', () => {
    const text =
      '[cache]\nenabled = 1\n[[budgets]]\nname = "b"\nper = "fortnight"\non_exceed = "shout"\n[redis]\nurl = 5\n';
    expect(linesOf(text, 'error').map((line) => line.split(':')[1])).toEqual([
      '1 cache.enabled',
      '1 budgets[0].per',
      '1 budgets[0].on_exceed',
      '1 redis.url',
    ]);
  });
});

describe('entry errors leave out the entry', () => {
  const text = `${PROVIDER}${MODEL}
[[providers]]
name = "fast"
type = "grok"
[[models]]
name = "one"
provider = "fast"
[[models]]
name = "two"
provider = "fast"
[[models]]
name = "three"
provider = "fats"
`;

  test('and its models, and suggest what may have been meant', () => {
    expect(linesOf(text, 'entry-error')).toEqual([
      '10:1 providers[1].type: unknown provider type "grok": did you mean "groq"? "fast" and its 2 models are left out',
      '19:1 models[3].provider: there is no provider "fats": did you mean "fast"? "three" is left out',
    ]);
    const snapshot = snapshotOf(text);
    expect([...snapshot.models.keys()]).toEqual(['p/m']);
    expect([...snapshot.providers.keys()]).toEqual(['p']);
  });

  test('what refers to a left-out entry is no further problem', () => {
    const more = `[routing]\ndefault_strong_model = "fast/one"\n[[api_keys]]\nkey = "k"\nrole = "call"\nallowed_models = ["one"]\nallowed_providers = ["fast"]\n`;
    expect(linesOf(text + more, 'warning')).toEqual([]);
  });
});

describe('warnings', () => {
  test.each([
    ['a misspelt key', '[server]\nprot = 1\n', '2:1 server.prot: unknown key `prot`: did you mean `port`?'],
    ['a key without any likeness', '[server]\nzzzzzz = 1\n', '2:1 server.zzzzzz: unknown key `zzzzzz`'],
    ['a misspelt table', '[severs]\nport = 1\n', '1:1 severs: unknown table `severs`: did you mean `server`?'],
    [
      'a misspelt list of tables',
      '[[model]]\nname = "m"\n',
      '1:1 model: unknown table `model`: did you mean `models`?',
    ],
    [
      'a key that belongs further in',
      `${PROVIDER}${MODEL}priority = 5\n`,
      '7:1 models[0].priority: unknown key `priority`: did you mean `config.priority`?',
    ],
    [
      'a misspelt key of a free table',
      `${PROVIDER}${MODEL}config = { contxt_window = "1M" }\n`,
      '7:12 models[0].config.contxt_window: unknown key `contxt_window`: did you mean `context_window`?',
    ],
    [
      'a misspelt parameter',
      `${PROVIDER}${MODEL}default_params = { temprature = 1 }\n`,
      '7:20 models[0].default_params.temprature: unknown key `temprature`: did you mean `temperature`?',
    ],
    [
      'a key beside nested models',
      `${PROVIDER}[x]\nname = "x"\n[[x.models]]\nname = "m"\nprovider = "p"\n`,
      '5:1 x.name: unknown key `name`',
    ],
    [
      'a context window that is no number',
      `${PROVIDER}${MODEL}config = { context_window = "huge" }\n`,
      '7:12 models[0].config.context_window: expected a number of tokens such as 128000, "128k" or "1M": it is not used',
    ],
    [
      'a tag that no model has',
      `${PROVIDER}${MODEL}tags = ["coding"]\n[[routes]]\nname = "r"\nany_tags = [" codign "]\n`,
      '10:13 routes[0].any_tags[0]: no model has the tag "codign": did you mean "coding"?',
    ],
    [
      'a default tag that no model has',
      '[routing]\ndefault_tags = ["chat"]\n',
      '2:17 routing.default_tags[0]: no model has the tag "chat"',
    ],
    [
      'a route without tags',
      '[[routes]]\nname = "r"\nsplit = []\n',
      '1:1 routes[0]: the route "r" has no tags: every model matches',
    ],
    [
      'a pair of missing models',
      `${PROVIDER}${MODEL}[[routing.pairs]]\nname = "d"\nstrong_model = "p/mm"\nweak_model = "p/m"\n`,
      '9:1 routing.pairs[0].strong_model: there is no model "p/mm": did you mean "p/m"?',
    ],
    [
      'a fallback that is missing',
      `${PROVIDER}${MODEL}fallbacks = ["p/n"]\n`,
      '7:14 models[0].fallbacks[0]: there is no model "p/n": did you mean "p/m"?',
    ],
    [
      'a fallback for itself',
      `${PROVIDER}${MODEL}fallbacks = ["p/m"]\n`,
      '7:14 models[0].fallbacks[0]: a model cannot stand in for itself',
    ],
    [
      'a key for missing models',
      `${PROVIDER}${MODEL}[[api_keys]]\nkey = "k"\nallowed_models = ["p/n", "mmm"]\n`,
      '9:19 api_keys[0].allowed_models[0]: there is no model "p/n": did you mean "p/m"?',
    ],
    [
      'a key for a missing provider',
      `${PROVIDER}[[api_keys]]\nkey = "k"\nallowed_providers = ["pp"]\n`,
      '6:22 api_keys[0].allowed_providers[0]: there is no provider "pp": did you mean "p"?',
    ],
  ])('%s', (_name, text, line) => {
    expect(linesOf(text, 'warning')[0]).toBe(line);
    expect(loadText(text).ok).toBe(true);
  });

  test('a provider that takes any model makes no model of it missing', () => {
    const text = `${PROVIDER}any_model = true\n[routing]\nanalyzer_model = "p/whatever/it is"\n`;
    expect(problemsOf(text)).toEqual([]);
  });

  test('free tables may hold anything else', () => {
    const text = `${PROVIDER}settings = { num_ctx = 8192, deep = { er = [1, 2.5, "x", 2027-01-01] } }
${MODEL}default_params = { min_tokens = 5, top_a = 0.2, min_p = 0.1 }
config = { repo = "x", rank = 1 }
`;
    expect(problemsOf(text)).toEqual([]);
    expect(snapshotOf(text).providers.get('p')?.settings).toEqual({
      num_ctx: 8192,
      deep: { er: [1, 2.5, 'x', '2027-01-01'] },
    });
  });
});

describe('notices', () => {
  test('one for each kind of key, with a count, at the first place', () => {
    const text = `${PROVIDER}plan = "free"
${MODEL}weight = 2
[[models]]
name = "n"
provider = "p"
weight = 1
rate_limit = { max_requests = 1, per_seconds = 1, max_tokens = 5 }
[cache]
enabled = false
ttl_seconds = 5
`;
    expect(linesOf(text, 'notice')).toEqual([
      '4:1 providers[0].plan: `plan` is known, but not active in this version',
      '8:1 models[0].weight: `weight` is known, but not active in this version (2 places)',
      '14:1 cache: `cache` is known, but not active in this version',
    ]);
  });

  test('a strategy that does not exist yet says which one is used', () => {
    const text = '[routing]\nstrategy = "weighted"\n[[routes]]\nname = "r"\nprefer = []\nstrategy = "lowest_cost"\n';
    expect(linesOf(text, 'notice')).toEqual([
      '2:1 routing.strategy: "weighted" is known, but not active in this version: "priority" is used',
      '6:1 routes[0].strategy: "lowest_cost" is known, but not active in this version: "priority" is used',
    ]);
    expect(snapshotOf(text).routing.strategy).toBe('priority');
  });

  test('nothing that has no effect loads without a word', () => {
    const text = `unsupported = "drop"
[[budgets]]
name = "day"
usd = 5.0
per = "day"
on_exceed = "prefer:cheap"
[monitoring]
record_bodies = "full"
prometheus = true
[alerts]
webhook_url = "https://hooks.test/secret"
[redis]
url = "redis://r"
[database]
url = "postgres://d"
[plugins.tts.one]
base_url = "https://x.test"
[model_updates]
enabled = true
[monitor]
port = 4022
[frontend]
port = 4022
[[tests]]
name = "t"
request = { tags = ["chat"] }
expect = { model_in = ["p/m"] }
[routing]
load_balance_strategy = "weighted"
channel_fallback = ["p"]
provider_weights = { p = 3 }
dynamic_weights = { enabled = true, window_minutes = 15 }
[[routing.chains]]
providers = ["p"]
[retry]
budget_percent = 20
[server]
trusted_proxies = []
allow_query_credentials = false
[[api_keys]]
key = "a"
expires_at = 2027-01-01T00:00:00Z
ip_allowlist = ["10.0.0.0/8"]
quota_tokens_monthly = 5
parameter_limits = { max_tokens = 10, custom_limits = { top_k = 40, n = { min = 1, max = 2 } } }
denied_tags = ["x"]
rate_limit = { max_requests = 1, per_seconds = 1 }
[[routes]]
name = "r"
prefer = []
split = [{ model = "p/m", weight = 1 }]
max_cost_usd = 0.1
max_latency_ms = 5
[[providers]]
name = "p"
type = "ollama"
plan = "trial"
trial_credit_usd = 1
alert_below_percent = 10
unsupported = "warn"
rate_limit = { max_requests = 1 }
settings = { accounts = [{ name = "x", api_key = "sk-account" }] }
[[models]]
name = "m"
provider = "p"
weight = 2
download_uri = "x"
local_path = "y"
capabilities = { streaming = true, reasoning = true, parallel_tools = true }
timeouts = { connect_ms = 5, total_ms = 5 }
retry = { max_targets = 2 }
config = { capabilities = { embedding = true }, endpoint = "/x", trust_remote_code = true }
rate_limit = { max_requests = 1, per_seconds = 1, max_concurrency = 2 }
`;
    expect(linesOf(text, 'error')).toEqual([]);
    const paths = problemsOf(text)
      .filter(({ level }) => level === 'notice')
      .map(({ path }) => path);
    expect(paths).toEqual([
      'budgets',
      'monitoring.record_bodies',
      'monitoring.prometheus',
      'alerts',
      'redis',
      'database',
      'plugins',
      'model_updates',
      'monitor',
      'frontend',
      'tests',
      'routing.load_balance_strategy',
      'routing.channel_fallback',
      'routing.provider_weights',
      'routing.dynamic_weights',
      'routing.chains',
      'server.trusted_proxies',
      'server.allow_query_credentials',
      'api_keys[0].expires_at',
      'api_keys[0].ip_allowlist',
      'api_keys[0].quota_tokens_monthly',
      'api_keys[0].parameter_limits',
      'api_keys[0].denied_tags',
      'api_keys[0].rate_limit',
      'routes[0].split',
      'routes[0].max_cost_usd',
      'routes[0].max_latency_ms',
      'providers[0].plan',
      'providers[0].trial_credit_usd',
      'providers[0].alert_below_percent',
      'providers[0].settings.accounts',
      'models[0].weight',
      'models[0].download_uri',
      'models[0].capabilities.streaming',
      'models[0].capabilities.parallel_tools',
      'models[0].timeouts.connect_ms',
      'models[0].timeouts.total_ms',
      'models[0].retry.max_targets',
      'models[0].config.endpoint',
      'models[0].config.trust_remote_code',
    ]);
  });
});

describe('what is said', () => {
  test('never quotes a secret', () => {
    const secret = 'sk-canary-123456789';
    const text = `[[providers]]
name = "a"
type = "openai"
api_key = ["${secret}"]
api_key_env = "${secret}"
base_url = "https://user:${secret}@x.test"
headers = { Authorization = "${secret}\\u0001" }
settings = { proxy = "${secret}", api_key = 5, base_url = "${secret}" }
[[api_keys]]
key = "${secret}\\u0000"
key_env = "${secret}"
[alerts]
webhook_url = "${secret}"
[routing]
pairs = "${secret}"
chains = ["${secret}"]
`;
    const lines = formatProblems('router.toml', problemsOf(text));
    expect(lines.length).toBeGreaterThanOrEqual(9);
    expect(lines.join('\n')).not.toContain('canary');
  });

  test('stays on one line whatever the file holds', () => {
    const text = '"a\\nb\\u001b[31m\\u2028" = 1\n[[providers]]\nname = "p"\ntype = "x\\r\\ny"\n';
    for (const { message, path } of problemsOf(text)) {
      expect(`${path}${message}`).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    }
  });

  test('has an end, however much is wrong', () => {
    const text = `${PROVIDER}${Array.from({ length: 1000 }, (_, index) => `unknown_${index} = 1`).join('\n')}
${'[[models]]\nname = "x"\nprovider = "q"\n'.repeat(1000)}`;
    const problems = problemsOf(text);
    expect(problems.length).toBeLessThan(700);
    expect(problems.filter(({ message }) => message.startsWith('and '))).toMatchObject([
      { level: 'warning', message: 'and 800 more of this level', line: undefined },
      { level: 'error', message: 'and 799 more of this level' },
      { level: 'entry-error', message: 'and 800 more of this level' },
    ]);
  });
});

test('formatted problems are lines that editors and terminals can jump to', () => {
  const problems = problemsOf('[server]\nport = 0\nprot = 1\n');
  expect(formatProblems('conf/router.toml', problems)).toEqual([
    'conf/router.toml:2:1: error: server.port: expected an integer from 1 to 65535, found 0',
    'conf/router.toml:3:1: warning: server.prot: unknown key `prot`: did you mean `port`?',
  ]);
  expect(formatProblems('f', problemsOf('a = "'))).toEqual(['f:1:5: error: Invalid TOML document: unfinished string']);
  const place = { path: '', line: undefined, column: undefined };
  expect(formatProblems('f', [{ level: 'warning', message: 'x', ...place }])).toEqual(['f: warning: x']);
});
