import { afterEach, describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../../src/canonical/chat.ts';
import { asObject, type JsonObject } from '../../../src/lib/json.ts';
import { cohereChatUpstream } from '../../../src/protocols/cohere-chat/cohere-chat.ts';
import { encodeOptions } from '../../support/facts.ts';
import { startCohereVendor } from '../../support/vendors/cohere.ts';
import { CALLS, PNG, WEATHER_SCHEMA, WORDS } from '../../support/vendors/samples.ts';
import { dialog, type VendorAnswer } from '../../support/vendors/script.ts';
import { VENDOR_KEY, type Vendor } from '../../support/vendors/vendor-server.ts';
import { runFramed } from '../run-framed.ts';

describe('a whole answer', () => {
  test('with a thought, words, citations and probabilities', () => {
    const body = {
      id: 'chat-1',
      finish_reason: 'COMPLETE',
      message: {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm' },
          { type: 'text', text: 'It rains 👩.' },
        ],
        citations: [
          {
            start: 3,
            end: 8,
            text: 'rains',
            content_index: 1,
            sources: [{ type: 'document', id: 'd', document: { text: 'w' } }],
          },
        ],
      },
      usage: {
        billed_units: { input_tokens: 5, output_tokens: 2 },
        tokens: { input_tokens: 500, output_tokens: 5 },
        cached_tokens: 448,
      },
      logprobs: [{ text: 'It', token_ids: [1], logprobs: [-0.5] }],
    };
    expect(cohereChatUpstream.decodeResponse(body)).toEqual({
      id: 'chat-1',
      model: '',
      choices: [
        {
          content: [
            { type: 'reasoning', text: 'hm' },
            { type: 'text', text: 'It rains 👩.', citations: [{ title: 'd', citedText: 'w', start: 3, end: 8 }] },
          ],
          finishReason: 'stop',
          logprobs: [{ token: 'It', logprob: -0.5 }],
        },
      ],
      usage: { inputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 2, reasoningTokens: 0 },
    });
  });

  test('with a plan and calls', () => {
    const call = (id: string, words: unknown): object => ({
      id,
      type: 'function',
      function: { name: 'f', arguments: words },
    });
    const message = {
      tool_plan: 'I will look.',
      tool_calls: [call('a', '{ "x": 1.50 }'), call('b', null), call('c', 'null')],
    };
    const { choices } = cohereChatUpstream.decodeResponse({
      finish_reason: 'TOOL_CALL',
      message,
    } as unknown as JsonObject);
    expect(choices[0]).toEqual({
      content: [
        { type: 'text', text: 'I will look.' },
        { type: 'tool-call', id: 'a', name: 'f', arguments: '{ "x": 1.50 }' },
        { type: 'tool-call', id: 'b', name: 'f', arguments: '{}' },
        { type: 'tool-call', id: 'c', name: 'f', arguments: '{}' },
      ],
      finishReason: 'tool-calls',
    });
  });

  test.each<JsonObject>([
    {},
    { message: 'boom' },
    { id: 'x', message: 'boom' },
    { message: { content: [] }, finish_reason: 'ERROR' },
    { message: { content: [] }, finish_reason: 'TIMEOUT' },
    { error: { message: 'boom' }, message: {} },
  ])('%j is none', (body) => {
    expect(() => cohereChatUpstream.decodeResponse(body)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^upstream\.(bad_response|failed)$/) }),
    );
  });

  test.each<[JsonObject, object | undefined]>([
    [
      { tokens: { input_tokens: 500, output_tokens: 5 }, cached_tokens: 448 },
      { inputTokens: 52, cacheReadTokens: 448, outputTokens: 5 },
    ],
    [{ billed_units: { input_tokens: 9 } }, { inputTokens: 9, cacheReadTokens: 0, outputTokens: 0 }],
    [{ billed_units: { search_units: 1 } }, undefined],
    [{ billed_units: { input_tokens: -9, output_tokens: 1.5 } }, undefined],
    [{}, undefined],
  ])('figures %j count as %j', (usage, expected) => {
    const decoded = cohereChatUpstream.decodeResponse({ message: {}, usage }).usage;
    if (expected === undefined) expect(decoded).toBeUndefined();
    else expect(decoded).toMatchObject(expected);
  });
});

describe('an error answer', () => {
  test.each<[number, string, string, string]>([
    [400, '{"id":"x","message":"invalid request: prompt"}', 'upstream.rejected', '400: invalid request: prompt'],
    [401, '{"message":"no api key supplied"}', 'upstream.auth', '401: no api key supplied'],
    [402, '{"message":"billing"}', 'upstream.auth', '402: billing'],
    [404, '{"message":"model \'x\' not found"}', 'upstream.not_found', "404: model 'x' not found"],
    [422, '{"message":"unknown field"}', 'upstream.rejected', '422: unknown field'],
    [429, '{"message":"wait"}', 'upstream.rate_limited', '429: wait'],
    [498, '{"message":"blocked"}', 'upstream.rejected', '498: blocked'],
    [499, '"cancelled"', 'upstream.failed', '499: cancelled'],
    [503, '<html>', 'upstream.overloaded', '503: <html>'],
  ])('%d %s is %s', (status, body, code, message) => {
    const error = cohereChatUpstream.decodeError(status, body, {});
    expect(error.code).toBe(code);
    expect(error.message).toBe(message);
  });
});

let vendor: Vendor | undefined;
afterEach(async () => {
  await vendor?.close();
  vendor = undefined;
});

const REQUEST: ChatRequest = {
  messages: [
    { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Weather?' },
        { type: 'media', modality: 'image', source: { kind: 'inline', mediaType: 'image/png', base64: PNG } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'I will look.' },
        { type: 'tool-call', id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' },
      ],
    },
    { role: 'tool', content: [{ type: 'tool-result', callId: 'c1', content: [{ type: 'text', text: 'rain' }] }] },
  ],
  tools: [{ kind: 'function', name: 'weather', parameters: WEATHER_SCHEMA, strict: true }],
  toolChoice: { name: 'weather' },
  reasoning: { budgetTokens: 300 },
  maxOutputTokens: 100,
  temperature: 2,
  topP: 1,
  frequencyPenalty: -1,
  stop: ['1', '2', '3', '4', '5', '6'],
  stream: false,
};

async function ask(request: ChatRequest, answer: VendorAnswer): Promise<Response> {
  vendor = await startCohereVendor({ script: dialog(answer) });
  const options = encodeOptions({ model: 'command-a-reasoning-08-2025', isReasoningModel: true });
  const { body } = cohereChatUpstream.encodeRequest(request, options);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${VENDOR_KEY}` };
  return fetch(`${vendor.url}/v2/chat`, { method: 'POST', headers, body: JSON.stringify(body) });
}

describe('a server that is as strict as the real one', () => {
  test('takes everything at once and answers whole', async () => {
    const response = await ask(REQUEST, WORDS);
    const { choices } = cohereChatUpstream.decodeResponse(asObject(await response.json()));
    expect(vendor?.rejected).toEqual([]);
    expect(choices[0].content).toEqual([{ type: 'text', text: WORDS.text }]);
  });

  test.each([1, 3, 5000])('streams words and calls in writes of %d bytes', async (writeBytes) => {
    const response = await ask({ ...REQUEST, stream: true }, { ...CALLS, pieces: { writeBytes } });
    const chunks: Buffer[] = [];
    for await (const chunk of response.body ?? []) chunks.push(Buffer.from(chunk));
    const [choice] = runFramed(cohereChatUpstream, chunks).summary.choices;
    expect(choice).toMatchObject({ text: CALLS.text, reasoning: CALLS.reasoning?.text, finishReason: 'tool-calls' });
    expect(choice?.toolCalls.map((call) => call.arguments)).toEqual(CALLS.toolCalls?.map((call) => call.arguments));
  });

  test('takes a schema', async () => {
    const request: ChatRequest = {
      messages: [{ role: 'user', content: [{ type: 'text', text: 'JSON?' }] }],
      responseFormat: { type: 'json-schema', name: 'x', schema: WEATHER_SCHEMA, strict: true },
      stream: false,
    };
    expect((await ask(request, WORDS)).status).toBe(200);
  });
});
