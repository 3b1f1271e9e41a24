import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readCommandLine } from '../../src/cli/arguments.ts';
import { doctor } from '../../src/cli/doctor.ts';
import {
  chatAnswer,
  chatCompletion,
  chunkOf,
  DONE,
  FakeProvider,
  failWith,
  type ReceivedRequest,
  type Responder,
  sendJson,
  startStream,
} from '../support/fake-provider.ts';
import { tempDir } from '../support/temp-dir.ts';

async function startProvider(respond?: Responder): Promise<FakeProvider> {
  const provider = await FakeProvider.start();
  onTestFinished(() => provider.stop());
  if (respond !== undefined) provider.respond = respond;
  return provider;
}

interface Visit {
  readonly code: number;
  readonly remarks: string;
  readonly text: string;
}

async function visit(toml: string, args: readonly string[] = [], env: Record<string, string> = {}): Promise<Visit> {
  const directory = tempDir();
  const file = join(directory, 'router.toml');
  writeFileSync(file, toml);
  const line = readCommandLine(['doctor', '--config', file, '--data-dir', directory, ...args]);
  const printed: string[] = [];
  const remarks: string[] = [];
  const ports = { print: (text: string) => printed.push(text), remark: (text: string) => remarks.push(text) };
  const code = await doctor(line, env, ports);
  return { code, remarks: remarks.join('\n'), text: printed.join('\n') };
}

const entry = (url: string, more = ''): string => `
[[providers]]
name = "remote"
type = "openai-compatible"
base_url = "${url}"
${more}
`;

const model = (name: string, more = ''): string => `
[[models]]
name = "${name}"
provider = "remote"
${more}
`;

/** A provider that answers everything well, tool calls included. */
const healthy: Responder = (request, response) => {
  if (request.body?.tools === undefined) return chatAnswer('OK', '.')(request, response);
  const call = { id: 'call_1', type: 'function', function: { name: 'ping', arguments: '{}' } };
  const message = { role: 'assistant', content: null, tool_calls: [call] };
  sendJson(response, 200, chatCompletion('', { choices: [{ index: 0, message, finish_reason: 'tool_calls' }] }));
};

const withHeaders =
  (headers: Record<string, string>): Responder =>
  (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    return healthy(request, response);
  };

describe('a healthy provider', () => {
  test('is asked three tiny questions by its cheapest models', async () => {
    const provider = await startProvider(healthy);
    const file =
      entry(provider.url) +
      model('dear', 'price = { input = 5, output = 5 }\ncapabilities = { tools = true }') +
      model('cheap', 'price = { input = 1, output = 1 }') +
      model('vectors', 'price = { input = 0, output = 0 }\ncapabilities = { embedding = true }') +
      model('off', 'price = { input = 0, output = 0 }\nis_active = false') +
      model('unpriced');
    const { code, text, remarks } = await visit(file);
    expect(text).toContain('All is well.');
    expect(code).toBe(0);
    expect(text).toMatch(/ok +host +127\.0\.0\.1:\d+ .*no TLS/);
    expect(text).toMatch(/ok +answer +remote\/cheap in \d+ ms, 10 \+ 5 tokens/);
    expect(text).toMatch(/ok +stream +remote\/cheap, first content after \d+ ms/);
    expect(text).toMatch(/ok +tool +remote\/dear called it/);
    expect(text).toMatch(/ok +clock +\d s apart/);
    expect(remarks).toContain('Asking 1 provider up to three tiny questions');
    expect(provider.requests.map(({ body }) => [body.model, body.max_tokens, body.stream === true])).toEqual([
      ['cheap', 16, false],
      ['cheap', 16, true],
      ['dear', 64, false],
    ]);
  });

  test('tells its limits, and that the clocks differ', async () => {
    const headers = {
      date: 'Sun, 06 Nov 1994 08:49:37 GMT',
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
    };
    const provider = await startProvider(withHeaders(headers));
    const { code, text } = await visit(entry(provider.url) + model('a'));
    expect(text).toMatch(/problem +clock +this machine is \d+ s ahead of the provider/);
    expect(text).toMatch(/ok +limits +remaining-requests: 59, limit-requests: 60/);
    expect(code).toBe(1);
  });

  test('may have a model that does not call its tools', async () => {
    const provider = await startProvider(chatAnswer('pong'));
    const { code, text } = await visit(entry(provider.url) + model('a', 'capabilities = { tools = true }'));
    expect(text).toMatch(/warning +tool +remote\/a answered in words/);
    expect(code).toBe(0);
  });

  test('may use all of its few tokens for thinking', async () => {
    const choice = {
      index: 0,
      message: { role: 'assistant', content: null, reasoning: 'Hm' },
      finish_reason: 'length',
    };
    const provider = await startProvider((request, response) => {
      if (request.body?.stream !== true) return sendJson(response, 200, chatCompletion('', { choices: [choice] }));
      startStream(response);
      response.end(`${chunkOf({ reasoning: 'Hm' })}${chunkOf({}, 'length')}${DONE}`);
    });
    const { code, text } = await visit(entry(provider.url) + model('a'));
    expect(text).toMatch(/ok +answer/);
    expect(text).toMatch(/ok +stream/);
    expect(code).toBe(0);
  });

  test('may think without showing it', async () => {
    const choice = { index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'length' };
    const provider = await startProvider((request, response) => {
      if (request.body?.stream !== true) return sendJson(response, 200, chatCompletion('', { choices: [choice] }));
      startStream(response);
      response.end(`${chunkOf({ role: 'assistant', content: '' })}${chunkOf({}, 'length')}${DONE}`);
    });
    const { text } = await visit(entry(provider.url) + model('a'));
    expect(text).toContain('All is well.');
  });

  test('is reported as JSON', async () => {
    const provider = await startProvider(healthy);
    const { text } = await visit(entry(provider.url) + model('a'), ['--json']);
    const report = JSON.parse(text);
    expect(report).toMatchObject({ ok: true, providers: [{ provider: 'remote', type: 'openai-compatible' }] });
    expect(report.providers[0].findings.map(({ check }: { check: string }) => check)).toEqual([
      'host',
      'answer',
      'stream',
      'clock',
    ]);
  });
});

const byKey =
  (answers: Readonly<Record<string, Responder>>): Responder =>
  (request: ReceivedRequest, response) => {
    const respond = answers[String(request.headers.authorization)] ?? failWith(401);
    return respond(request, response);
  };

describe('keys', () => {
  const keyed = (url: string): string => entry(url, 'api_key_env = "REMOTE_KEY"') + model('a');

  test('are each tried, and what comes next uses a good one', async () => {
    const provider = await startProvider(byKey({ 'Bearer good': healthy }));
    const { code, text } = await visit(keyed(provider.url), [], { REMOTE_KEY: 'bad,good' });
    expect(text).toMatch(/problem +answer +key 1 of 2: remote\/a: .*\(it answered 401\)/);
    expect(text).toContain('-> the key is refused (401): it is wrong');
    expect(text).toContain('check REMOTE_KEY');
    expect(text).toMatch(/ok +answer +key 2 of 2: remote\/a/);
    expect(text).toMatch(/ok +stream +key 2 of 2: remote\/a/);
    expect(text).not.toContain('good');
    expect(code).toBe(1);
  });

  test('that stand in the file are spoken of so', async () => {
    const provider = await startProvider(failWith(403));
    const { text } = await visit(entry(provider.url, 'api_key = "secret-words"') + model('a'));
    expect(text).toContain('(403): it may not use this model, or not from this region; check api_key of remote');
    expect(text).not.toContain('secret-words');
  });

  test('that are not set are no fault, unless the provider is asked about', async () => {
    const provider = await startProvider(healthy);
    const file = `${entry(provider.url)}${model('a')}
[[providers]]
name = "groq"
type = "groq"
`;
    const all = await visit(file);
    expect(all.text).toMatch(/Not asked:\n +groq +GROQ_API_KEY is not set +-> set GROQ_API_KEY/);
    expect(all.code).toBe(0);
    const named = await visit(file, ['--provider', 'groq']);
    expect(named.text).toMatch(/problem +setup +GROQ_API_KEY is not set/);
    expect(named.code).toBe(1);
  });
});

describe('what is wrong is named, with what to do', () => {
  test.each<[string, Responder, RegExp, string]>([
    ['a quota', failWith(402), /problem +answer/, 'credit'],
    ['a limit', failWith(429, 'slow down', { 'retry-after': '60' }), /warning +answer/, 'used up for now'],
    ['trouble', failWith(500), /problem +answer/, 'has trouble now'],
    [
      'a refusal',
      failWith(400, 'no such parameter: x'),
      /problem +answer +remote\/a: no such parameter: x/,
      'default_params',
    ],
    [
      'a web page',
      (_, response) => void response.end('<html></html>'),
      /problem +answer/,
      'something else than a model',
    ],
    [
      'a redirect',
      (_, response) => void response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
      /problem +answer/,
      'has moved',
    ],
  ])('%s', async (_name, respond, finding, advice) => {
    const provider = await startProvider(respond);
    const { text } = await visit(entry(provider.url) + model('a'));
    expect(text).toMatch(finding);
    expect(text).toContain(advice);
    // Nothing more is asked where answers do not come at all.
    expect(provider.requests).toHaveLength(1);
  });

  test('a model that the provider does not know, with the nearest of its list', async () => {
    const provider = await startProvider((request, response) => {
      if (request.path.endsWith('/models'))
        return sendJson(response, 200, { data: [{ id: 'lama-4' }, { id: 'other' }] });
      return failWith(404)(request, response);
    });
    const { text } = await visit(entry(provider.url) + model('llama-4'));
    expect(text).toContain('does not know llama-4; correct remote_identifier or name: did you mean lama-4?');
  });

  test('a server that is not there, or speaks no TLS', async () => {
    const dead = await FakeProvider.start();
    const { url } = dead;
    await dead.stop();
    const refused = await visit(entry(url) + model('a'));
    expect(refused.text).toMatch(/problem +host .*ECONNREFUSED/);
    expect(refused.text).toContain('start the server, or correct base_url');
    expect(refused.code).toBe(1);
    const plain = createServer((socket) => socket.end('this is no TLS\r\n'));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void plain.close());
    const { port } = plain.address() as { port: number };
    const mixed = await visit(entry(`https://127.0.0.1:${port}`) + model('a'));
    expect(mixed.text).toContain(`port ${port} does not speak TLS`);
  });

  test('nothing to ask', async () => {
    const provider = await startProvider(healthy);
    const without = await visit(entry(provider.url));
    expect(without.text).toMatch(/skipped +answer +the file lists no model of it that chats/);
    const { code, text, remarks } = await visit('[[providers]]\nname = "mock"\ntype = "mock"\n');
    expect(text).toContain('No provider is set up');
    expect([code, remarks]).toEqual([1, '']);
  });

  test('a file with entries that are left out', async () => {
    const provider = await startProvider(healthy);
    const { code, text } = await visit(
      `${entry(provider.url)}${model('a')}[[models]]\nname = "b"\nprovider = "gone"\n`,
    );
    expect(text).toContain('there is no provider "gone"');
    expect(text).toContain('Something is wrong with the file.');
    expect(code).toBe(1);
  });

  test('a file that cannot be used', async () => {
    expect((await visit('[server]\nport = "x"\n')).code).toBe(78);
  });

  test('a name that is no provider', async () => {
    await expect(visit(entry('http://127.0.0.1:9'), ['--provider', 'remoat'])).rejects.toThrow('did you mean remote?');
  });
});

test('the mock is examined where it is asked for', async () => {
  const file = `
[[providers]]
name = "mock"
type = "mock"

[[models]]
name = "tools"
provider = "mock"
remote_identifier = "mock-tools"
capabilities = { tools = true }
`;
  const { code, text } = await visit(file, ['--provider', 'mock']);
  expect(text).toMatch(/ok +tool +mock\/tools called it/);
  expect(code).toBe(0);
});
