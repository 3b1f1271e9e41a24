import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { FakeProvider, sendJson, startStream } from '../support/fake-provider.ts';
import { forgetKeyRests, startRouter } from '../support/start-router.ts';

const claude = await FakeProvider.start();
const local = await FakeProvider.start();
const router = await startRouter(`
[retry]
max_attempts = 1

[circuit_breaker]
enabled = false

[[providers]]
name = "claude"
type = "claude"
base_url = "${claude.url}"
api_key = "k"

[[providers]]
name = "local"
type = "ollama"
base_url = "${local.url}"

[[models]]
name = "large"
provider = "claude"
tags = ["chat", "reasoning"]
max_output_tokens = 9000
price = { input = 1, output = 2 }

[[models]]
name = "small"
provider = "local"
tags = ["chat"]
config = { priority = 9 }

[[models]]
name = "lenient"
provider = "local"
tags = ["lenient"]
unsupported = "warn"

[[models]]
name = "silent"
provider = "local"
tags = ["silent"]
unsupported = "drop"

[[models]]
name = "strict"
provider = "claude"
tags = ["strict"]
unsupported = "reject"
`);

afterAll(async () => {
  await router.stop();
  await Promise.all([claude.stop(), local.stop()]);
});

const message = (content: unknown[], more = {}): Record<string, unknown> => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'large',
  content,
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 4, output_tokens: 6 },
  ...more,
});

beforeEach(() => {
  forgetKeyRests(router);
  claude.respond = (_request, response) => sendJson(response, 200, message([{ type: 'text', text: 'from claude' }]));
  local.respond = (_request, response) =>
    sendJson(response, 200, {
      model: 'small',
      message: { role: 'assistant', content: 'from ollama' },
      done: true,
      done_reason: 'stop',
    });
});

const hi = { messages: [{ role: 'user', content: 'Hi' }] };
const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];

describe('what a provider cannot carry', () => {
  test('is told in a header and in the record, and is left out', async () => {
    const { status, headers } = await router.post('/v1/chat/completions', { ...hi, model: 'claude/large', seed: 7 });
    expect(status).toBe(200);
    expect(headers.get('x-router-loss')).toBe('seed;dropped;minor');
    expect(claude.last.body).not.toHaveProperty('seed');
    expect((await router.lastRecord()).loss).toBe('seed;dropped;minor');
  });

  test('makes another model serve where it matters', async () => {
    const forced = { ...hi, model: 'tag:chat', tools, tool_choice: 'required' };
    const { body } = await router.post('/v1/chat/completions', forced);
    expect(body.choices[0].message.content).toBe('from claude');
    expect((await router.post('/v1/chat/completions', { ...hi, model: 'tag:chat' })).body.model).toBe('small');
    const { body: explained } = await router.post('/v1/chat/completions', forced, { 'x-router-dry-run': '1' });
    expect(explained.excluded).toContainEqual({
      model: 'local/small',
      rule: 'cannot-serve',
      detail: expect.stringContaining('would lose tool_choice'),
    });
  });

  test('is an error where no other model can serve', async () => {
    const { status, body } = await router.post('/v1/chat/completions', {
      ...hi,
      model: 'local/small',
      tools,
      tool_choice: 'required',
    });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'model.cannot_serve', message: expect.stringContaining('tool_choice') });
  });

  test('may be lost where the configuration says so, with or without a word', async () => {
    const forced = { ...hi, tools, tool_choice: 'required' };
    const warned = await router.post('/v1/chat/completions', { ...forced, model: 'local/lenient' });
    expect([warned.status, warned.headers.get('x-router-loss')]).toEqual([200, expect.stringContaining('tool_choice')]);
    const dropped = await router.post('/v1/chat/completions', { ...forced, model: 'local/silent' });
    expect([dropped.status, dropped.headers.get('x-router-loss')]).toEqual([200, null]);
    expect((await router.lastRecord()).loss).toContain('tool_choice');
  });

  test('is an error where the configuration wants everything carried', async () => {
    const { status, body } = await router.post('/v1/chat/completions', { ...hi, model: 'claude/strict', seed: 7 });
    expect([status, body.error.message]).toEqual([400, expect.stringContaining('would lose seed')]);
  });
});

test('the limit that a format insists on comes from the configuration', async () => {
  await router.post('/v1/chat/completions', { ...hi, model: 'claude/large' });
  expect(claude.last.body.max_tokens).toBe(9000);
  expect(claude.last.headers).toMatchObject({ 'x-api-key': 'k', 'anthropic-version': '2023-06-01' });
});

describe('a client of the same format', () => {
  const own = { model: 'claude/large', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] };

  test('reaches the provider with its own words, version and beta features', async () => {
    const headers = { 'anthropic-version': '2026-10-21', 'anthropic-beta': 'a-feature', 'x-other': 'no' };
    await router.post('/v1/messages?beta=true', { ...own, new_member: { a: 1 } }, headers);
    expect(claude.last.body).toEqual({ ...own, model: 'large', new_member: { a: 1 } });
    expect(claude.last.headers).toMatchObject({ 'anthropic-version': '2026-10-21', 'anthropic-beta': 'a-feature' });
    expect(claude.last.headers['x-other']).toBeUndefined();
  });

  test('gets the provider’s own answer, with fields that nobody here knows', async () => {
    claude.respond = (_request, response) =>
      sendJson(response, 200, message([{ type: 'text', text: 'x' }], { new: 1 }));
    const { body, headers } = await router.post('/v1/messages', own);
    expect(body.new).toBe(1);
    expect(headers.get('request-id')).toBe(headers.get('x-request-id'));
  });

  test('is asked again without sealed thoughts where the provider refuses them, once', async () => {
    const sealed = {
      ...own,
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 'of another account' },
            { type: 'text', text: 'Hello' },
          ],
        },
        { role: 'user', content: 'Go on' },
      ],
    };
    const refusal = 'messages.1.content.0: Invalid `signature` in `thinking` block';
    claude.respond = (request, response) => {
      const isSealed = request.text.includes('signature');
      if (!isSealed) sendJson(response, 200, message([{ type: 'text', text: 'went on' }]));
      else sendJson(response, 400, { type: 'error', error: { type: 'invalid_request_error', message: refusal } });
    };
    const { status, body, headers } = await router.post('/v1/messages', sealed);
    expect([status, body.content[0].text]).toEqual([200, 'went on']);
    expect(headers.get('x-router-loss')).toContain('messages.reasoning.signature');
    claude.respond = (_request, response) =>
      sendJson(response, 400, { type: 'error', error: { type: 'invalid_request_error', message: refusal } });
    const calls = claude.requests.length;
    expect((await router.post('/v1/messages', sealed)).status).toBe(400);
    expect(claude.requests.length - calls).toBe(2);
  });
});

test('a seal that the router gave out reaches no provider that did not make it', async () => {
  claude.respond = (_request, response) =>
    sendJson(
      response,
      200,
      message([
        { type: 'thinking', thinking: 'hm', signature: 'sealed by claude' },
        { type: 'text', text: 'Hello' },
      ]),
    );
  const asked = { ...hi, model: 'claude/large', reasoning_effort: 'high' };
  const { body } = await router.post('/v1/chat/completions', asked);
  const [{ message: said }] = body.choices;
  expect(said.reasoning_content).toBe('hm');
  const next = [...hi.messages, said, { role: 'user', content: 'Go on' }];
  await router.post('/v1/chat/completions', { ...asked, messages: next });
  expect(claude.last.text).toContain('"sealed by claude"');
  await router.post('/v1/chat/completions', { model: 'local/small', messages: next });
  expect(local.last.text).not.toContain('sealed by claude');
  expect(local.last.text).not.toContain('llmr1');
});

test('a provider that answers whole although a stream was asked for streams all the same', async () => {
  claude.respond = (_request, response) => sendJson(response, 200, message([{ type: 'text', text: 'all at once' }]));
  const response = await router.send('/v1/chat/completions', { ...hi, model: 'claude/large', stream: true });
  const text = await response.text();
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(text).toContain('"content":"all at once"');
  expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
  expect((await router.lastRecord()).completion_tokens).toBe(6);
});

test('usage that a provider does not say is estimated, and marked so', async () => {
  local.respond = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.write('{"model":"small","message":{"role":"assistant","content":"four words are here"},"done":false}\n');
    response.end('{"model":"small","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}\n');
  };
  const response = await router.send('/v1/chat/completions', { ...hi, model: 'local/small', stream: true });
  expect(await response.text()).toContain('four words');
  expect(await router.lastRecord()).toMatchObject({
    usage_source: 'estimated',
    prompt_tokens: 1,
    completion_tokens: 5,
  });
});

test('stored state needs a provider that has it', async () => {
  const { status, body } = await router.post('/v1/responses', {
    model: 'claude/large',
    input: 'Go on',
    previous_response_id: 'resp_1',
  });
  expect([status, body.error.code]).toEqual([400, 'model.cannot_serve']);
  expect(body.error.message).toContain('previous_response_id');
});

test('a whole answer without usage is estimated too', async () => {
  await router.post('/v1/chat/completions', { ...hi, model: 'local/small' });
  expect(await router.lastRecord()).toMatchObject({
    usage_source: 'estimated',
    prompt_tokens: 1,
    completion_tokens: 3,
  });
});

describe('count_tokens', () => {
  const own = { messages: [{ role: 'user', content: 'How long is this?' }] };

  test('is the provider’s own count where there is one', async () => {
    claude.respond = (_request, response) => sendJson(response, 200, { input_tokens: 42 });
    const { body, headers } = await router.post('/v1/messages/count_tokens', { ...own, model: 'claude/large' });
    expect([body, headers.get('x-router-token-count')]).toEqual([{ input_tokens: 42 }, 'provider']);
    expect(claude.last.path).toBe('/v1/messages/count_tokens');
    expect(claude.last.body).not.toHaveProperty('max_tokens');
  });

  test('is an estimate, marked as such, everywhere else', async () => {
    const { body, headers } = await router.post('/v1/messages/count_tokens', { ...own, model: 'local/small' });
    expect([body, headers.get('x-router-token-count')]).toEqual([{ input_tokens: expect.any(Number) }, 'estimated']);
    expect(body.input_tokens).toBeGreaterThan(4);
    claude.respond = (_request, response) => sendJson(response, 500, {});
    const failed = await router.post('/v1/messages/count_tokens', { ...own, model: 'claude/large' });
    expect(failed.headers.get('x-router-token-count')).toBe('estimated');
    const google = { contents: [{ role: 'user', parts: [{ text: 'How long is this?' }] }] };
    const counted = await router.post('/v1beta/models/local/small:countTokens', google);
    expect(counted.body).toEqual({ totalTokens: body.input_tokens });
  });
});

describe('the error of a provider', () => {
  test('comes in the shape of the client, with the provider’s words and the id of its request', async () => {
    claude.respond = (_request, response) =>
      sendJson(
        response,
        400,
        { type: 'error', error: { type: 'invalid_request_error', message: 'max_tokens: too large' } },
        { 'request-id': 'req_011' },
      );
    const { status, body } = await router.post('/v1/chat/completions', { ...hi, model: 'claude/large' });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      message: 'max_tokens: too large',
      type: 'invalid_request_error',
      code: 'upstream.rejected',
      upstream: { provider: 'claude', status: 400, request_id: 'req_011' },
    });
  });

  test('keeps its own words beside the router’s, unless they are about the operator’s key', async () => {
    const fail = (status: number, type: string): void => {
      claude.respond = (_request, response) =>
        sendJson(response, status, { type: 'error', error: { type, message: 'in its own words' } });
    };
    fail(529, 'overloaded_error');
    const overloaded = await router.post('/v1/chat/completions', { ...hi, model: 'claude/large' });
    expect(overloaded.body.error).toMatchObject({
      code: 'upstream.overloaded',
      upstream: { provider: 'claude', status: 529, message: 'in its own words' },
    });
    fail(401, 'authentication_error');
    const refused = await router.post('/v1/chat/completions', { ...hi, model: 'claude/large' });
    expect(JSON.stringify(refused.body)).not.toContain('own words');
  });

  test('in the middle of a stream ends it with one error in the client’s words', async () => {
    claude.respond = (_request, response) => {
      startStream(response);
      const start = { type: 'message_start', message: message([], { stop_reason: null }) };
      const block = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
      const delta = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Half a' } };
      const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
      for (const data of [start, block, delta, error]) {
        response.write(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
      }
      response.end();
    };
    const response = await router.send('/v1/chat/completions', { ...hi, model: 'claude/large', stream: true });
    const text = await response.text();
    expect(text).toContain('Half a');
    expect(text).not.toContain('[DONE]');
    expect(text.trimEnd().split('\n\n').at(-1)).toContain('"error"');
    expect(await router.lastRecord()).toMatchObject({ status: 'error', error_code: 'upstream.overloaded' });
  });
});
