import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ContentPart, Message, ToolSpec } from '../../../src/canonical/content.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { openAiResponsesUpstream } from '../../../src/protocols/openai-responses/openai-responses.ts';
import { startOpenAiResponsesVendor } from '../../support/vendors/openai-responses.ts';
import { type Probe, post } from '../../support/vendors/probe.ts';
import { NO_USAGE, says, type VendorAnswer } from '../../support/vendors/script.ts';
import type { Vendor } from '../../support/vendors/vendor-server.ts';
import { cutAt, decodeStream } from '../run-stream.ts';
import { encode, ORIGIN, user } from './request-halves.ts';

const CALLS: VendorAnswer = {
  reasoning: { text: 'I look it up.' },
  text: 'One moment 🦜',
  toolCalls: [
    { name: 'weather', arguments: '{"city": "Köln"}' },
    { name: 'patch', arguments: '{}', customInput: '*** Begin' },
  ],
  finish: 'tool-calls',
  usage: { ...NO_USAGE, freshInput: 5, cacheRead: 2, output: 9, reasoning: 4 },
  interleaveToolCalls: true,
};

let vendor: Vendor;

beforeAll(async () => {
  vendor = await startOpenAiResponsesVendor({
    script: ({ body }) => (JSON.stringify(body).includes('_output"') ? says('Sunny.') : CALLS),
  });
});

afterAll(() => vendor.close());

const QUESTION = user({ type: 'text', text: 'How is the weather?' });
const TOOLS: readonly ToolSpec[] = [
  { kind: 'function', name: 'weather' },
  { kind: 'custom', name: 'patch' },
];

/** A request that came in another format, with every field that this one has. */
function ask(messages: readonly Message[], stream: boolean): Promise<Probe> {
  const { body } = encode(
    {
      messages,
      tools: TOOLS,
      toolChoice: 'auto',
      parallelToolCalls: true,
      maxOutputTokens: 5,
      reasoning: { effort: 'high', isVisible: true },
      responseFormat: { type: 'json-schema', name: 'out', schema: { type: 'object' } },
      logprobs: { top: 2 },
      user: 'ann',
      stream,
    },
    { model: 'gpt-5.2' },
  );
  return post(vendor, '/v1/responses', body);
}

/** The turn as it comes back from a client, with the name of its maker. */
function turnOf(content: readonly ContentPart[]): Message {
  return {
    role: 'assistant',
    content: content.map((part) => (part.type === 'reasoning' ? { ...part, origin: ORIGIN } : part)),
  };
}

const RESULTS = (content: readonly ContentPart[]): Message[] =>
  content.flatMap((part) => (part.type === 'tool-call' ? [resultOf(part.id)] : []));

const resultOf = (callId: string): Message => ({
  role: 'tool',
  content: [{ type: 'tool-result', callId, content: [{ type: 'text', text: 'sunny' }], isError: true }],
});

test('a conversation with thoughts and calls is accepted from turn to turn', async () => {
  const first = await ask([QUESTION], false);
  expect(first.status).toBe(200);
  const { choices, usage } = openAiResponsesUpstream.decodeResponse(first.body as JsonObject);
  const { content, finishReason } = choices[0];
  expect(finishReason).toBe('tool-calls');
  expect(content.map(({ type }) => type)).toEqual(['reasoning', 'text', 'tool-call', 'tool-call']);
  expect(usage).toEqual({
    inputTokens: 5,
    cacheReadTokens: 2,
    cacheWriteTokens: 0,
    outputTokens: 9,
    reasoningTokens: 4,
  });

  const second = await ask([QUESTION, turnOf(content), ...RESULTS(content)], true);
  expect(second.status).toBe(200);
  const { events, error } = decodeStream(
    cutAt(Buffer.from(second.text), [100, 101, 999]),
    openAiResponsesUpstream.createStreamDecoder(),
  );
  expect(error).toBeUndefined();
  expect(events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : [])).join('')).toBe('Sunny.');
  expect(vendor.rejected).toEqual([]);
});

test('a streamed turn says the same as a whole one', async () => {
  const streamed = await ask([QUESTION], true);
  const { events } = decodeStream([Buffer.from(streamed.text)], openAiResponsesUpstream.createStreamDecoder());
  const words = events.flatMap((event) =>
    event.type === 'tool-call-delta' ? [[event.block, event.arguments] as const] : [],
  );
  const said = (block: number): string => words.flatMap(([of, text]) => (of === block ? [text] : [])).join('');
  expect([said(2), said(3)]).toEqual(['{"city": "Köln"}', '*** Begin']);
  expect(events.filter(({ type }) => type === 'reasoning-end')).toHaveLength(1);
});

test('a seal that the provider did not make is told apart from other faults', async () => {
  const thought: ContentPart = { type: 'reasoning', text: '', redacted: 'forged', origin: ORIGIN };
  const { status, text } = await ask(
    [QUESTION, { role: 'assistant', content: [thought, { type: 'text', text: 'Hi' }] }, QUESTION],
    false,
  );
  expect(openAiResponsesUpstream.decodeError(status, text, {}).code).toBe('upstream.bad_signature');
});
