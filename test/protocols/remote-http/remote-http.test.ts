import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../../src/canonical/chat.ts';
import type { ContentPart } from '../../../src/canonical/content.ts';
import { asObject, type JsonObject } from '../../../src/lib/json.ts';
import type { EncodeOptions } from '../../../src/protocols/protocol.ts';
import { remoteHttpUpstream } from '../../../src/protocols/remote-http/remote-http.ts';
import { encodeOptions } from '../../support/facts.ts';

const says = (...content: ContentPart[]): ChatRequest => ({ messages: [{ role: 'user', content }], stream: false });
const HI = says({ type: 'text', text: 'hi' });

function encode(request: Partial<ChatRequest>, options: Partial<EncodeOptions> = {}) {
  const { body, losses } = remoteHttpUpstream.encodeRequest(
    { ...HI, ...request },
    encodeOptions({ model: 'big', ...options }),
  );
  return { body, told: losses.map(({ field, outcome, severity }) => `${field} ${outcome} ${severity}`) };
}

describe('a request', () => {
  test('of one question says it twice, for servers that read only one of the two', () => {
    expect(encode({}).body).toEqual({
      model: 'big',
      prompt: 'hi',
      messages: [{ role: 'user', content: 'hi' }],
      parameters: {},
    });
  });

  test('of a conversation is messages', () => {
    const { body, told } = encode({
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'c' },
            { type: 'text', text: 'd' },
          ],
        },
        { role: 'user', content: [{ type: 'text', text: 'e' }] },
      ],
      stream: true,
    });
    expect(body).toEqual({
      model: 'big',
      prompt: null,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'a\nb' },
        { role: 'assistant', content: 'cd' },
        { role: 'user', content: 'e' },
      ],
      parameters: {},
    });
    expect(told).toEqual([]);
  });

  test('has its parameters in the words of OpenAI, over those of the configuration', () => {
    const defaults = remoteHttpUpstream.encodeDefaults({ temperature: 1, max_tokens: 9, stop: 'x', odd: 1 }, 'model');
    expect(defaults).toEqual({ parameters: { temperature: 1, max_tokens: 9, stop: ['x'], odd: 1 } });
    const request: Partial<ChatRequest> = {
      maxOutputTokens: 5,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
      seed: 7,
      stop: ['a'],
      user: 'me',
      reasoning: { effort: 'low' },
      responseFormat: { type: 'json-schema', name: 'x', schema: {}, strict: true },
      extras: {
        'openai-chat': { min_p: 0.1, max_completion_tokens: 5, stream_options: {} },
        'remote-http': { lane: 1 },
      },
    };
    const { body, told } = encode(request, { defaults });
    expect(body['parameters']).toEqual({
      max_tokens: 5,
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
      seed: 7,
      stop: ['a'],
      user: 'me',
      reasoning_effort: 'low',
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: {}, strict: true } },
      min_p: 0.1,
      odd: 1,
    });
    expect(body['lane']).toBe(1);
    expect(told).toEqual([]);
  });

  const source = { kind: 'url', url: 'https://example.com/x' } as const;
  test.each<[Partial<ChatRequest>, string]>([
    [says({ type: 'media', modality: 'image', source }), 'messages.image dropped meaning'],
    [says({ type: 'tool-call', id: 'a', name: 'f', arguments: '{}' }), 'messages.tool_calls dropped meaning'],
    [says({ type: 'tool-result', callId: 'a', content: [] }), 'messages.tool_result dropped meaning'],
    [says({ type: 'reasoning', text: 'hm' }), 'messages.reasoning dropped minor'],
    [says({ type: 'refusal', text: 'no' }), 'messages.refusal approximated minor'],
    [says({ type: 'foreign', protocol: 'openai-chat', value: 1 }), 'messages.part dropped meaning'],
    [{ tools: [{ kind: 'function', name: 'f' }] }, 'tools dropped meaning'],
    [{ toolChoice: 'required' }, 'tool_choice dropped meaning'],
    [{ count: 2 }, 'n dropped meaning'],
    [{ logprobs: { top: 1 } }, 'logprobs dropped minor'],
    [{ reasoning: { budgetTokens: 100 } }, 'reasoning_effort approximated minor'],
    [{ extras: { 'openai-chat': { functions: [] } } }, 'functions dropped meaning'],
  ])('%j tells what it cannot say: %s', (request, loss) => {
    expect(encode(request).told).toEqual([loss]);
  });
});

describe('an answer', () => {
  test.each<[JsonObject, string]>([
    [{ output: 'a', text: 'b', data: 'c' }, 'a'],
    [{ text: 'b', data: 'c' }, 'b'],
    [{ output: '', text: 'b' }, 'b'],
    [{ data: ['c', 'd'] }, 'c\nd'],
    [{ data: ['c', { x: 1 }] }, 'c\n{"x":1}'],
    [{ output: 'x', error: null }, 'x'],
  ])('%j says %j', (body, text) => {
    const { choices } = remoteHttpUpstream.decodeResponse(body);
    expect(choices).toEqual([{ content: [{ type: 'text', text }], finishReason: 'stop' }]);
  });

  test('may be empty, have an end and figures in either place', () => {
    const counts = { prompt_tokens: 3, completion_tokens: 2 };
    const usage = { inputTokens: 3, outputTokens: 2 };
    expect(remoteHttpUpstream.decodeResponse({ output: '', finish_reason: 'length', usage: counts })).toMatchObject({
      choices: [{ content: [], finishReason: 'length' }],
      usage,
    });
    expect(remoteHttpUpstream.decodeResponse({ output: 'x', ...counts }).usage).toMatchObject(usage);
    expect(remoteHttpUpstream.summarizeResponse(Buffer.from('{"output":"x"}'))).toEqual({
      usage: undefined,
      finishReason: 'stop',
    });
  });

  test.each<JsonObject>([
    {},
    { output: null },
    { output: { text: 'x' } },
    { error: 'boom', output: 'x' },
    { detail: 'boom' },
  ])('%j is none', (body) => {
    expect(() => remoteHttpUpstream.decodeResponse(body)).toThrow(
      expect.objectContaining({ code: 'upstream.bad_response' }),
    );
  });
});

test.each<[number, string, string, string]>([
  [400, '{"detail":"no such thing"}', 'upstream.rejected', '400: no such thing'],
  [500, '{"error":{"message":"boom"}}', 'upstream.failed', '500: boom'],
  [404, 'nothing here', 'upstream.not_found', '404: nothing here'],
])('error %d %s is %s', (status, body, code, message) => {
  const error = remoteHttpUpstream.decodeError(status, body, {});
  expect(error.code).toBe(code);
  expect(error.message).toBe(message);
});

test('a stream is not asked for, and nonsense where it comes', () => {
  expect(remoteHttpUpstream.canStream).toBe(false);
  expect(encode({ stream: true }).body['stream']).toBeUndefined();
  const nonsense = expect.objectContaining({ code: 'upstream.bad_response' });
  expect(() => remoteHttpUpstream.createStreamDecoder().push({ data: '{"output":"x"}' })).toThrow(nonsense);
  expect(() => remoteHttpUpstream.createStreamTap({ hideUsage: false }).push(Buffer.from('x'))).toThrow(nonsense);
});

test('a real server gets the body and is understood', async () => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { prompt } = asObject(JSON.parse(Buffer.concat(chunks).toString()));
      response.end(JSON.stringify({ data: ['you said', prompt] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/invoke`, {
    method: 'POST',
    body: JSON.stringify(encode(says({ type: 'text', text: '世界 👩‍🚀' })).body),
  });
  const { choices } = remoteHttpUpstream.decodeResponse(asObject(await answer.json()));
  expect(choices[0].content).toEqual([{ type: 'text', text: 'you said\n世界 👩‍🚀' }]);
  await new Promise((resolve) => server.close(resolve));
});
