import { describe, expect, test } from 'vitest';
import type { ChatResponse, ChatStreamEvent } from '../../../src/canonical/chat.ts';
import type { ContentPart } from '../../../src/canonical/content.ts';
import { LossLedger } from '../../../src/canonical/loss.ts';
import { asArray, asObject, type JsonObject } from '../../../src/lib/json.ts';
import { readSseFrames } from '../../../src/lib/sse.ts';
import {
  openAiResponsesDialect,
  openAiResponsesUpstream,
} from '../../../src/protocols/openai-responses/openai-responses.ts';
import { wrapSeal } from '../../../src/protocols/seal.ts';
import { answerFacts } from '../../support/facts.ts';
import { answer, CONTENT, EVENTS, encodeAll, ORIGIN, PAGE, SEALED, USAGE, WORDS } from './answers.ts';

const parsed = (stream: string): JsonObject[] =>
  readSseFrames(stream).map(({ data }) => JSON.parse(data) as JsonObject);

function itemsOf(response: ChatResponse, body: JsonObject = {}): JsonObject[] {
  const encoded = openAiResponsesDialect.encodeResponse(response, answerFacts({ origin: ORIGIN, body }));
  return encoded['output'] as JsonObject[];
}

describe('a whole answer', () => {
  const body = {
    temperature: 0.5,
    tools: [{ type: 'function', name: 'weather' }],
    store: false,
    text: { verbosity: 'low' },
    reasoning: { effort: 'low' },
  };
  const encoded = openAiResponsesDialect.encodeResponse(
    answer(CONTENT, { finishReason: 'tool-calls' }),
    answerFacts({ origin: ORIGIN, body, costUsd: 0.25 }),
  );

  test('has every member of a response, with the settings of the request', () => {
    const { output: _, completed_at: completedAt, ...members } = encoded;
    expect(completedAt).toBeGreaterThan(1_700_000_000);
    expect(members).toEqual({
      id: 'resp_01TEST',
      object: 'response',
      created_at: 1_700_000_000,
      status: 'completed',
      background: false,
      error: null,
      incomplete_details: null,
      model: 'large',
      provider: 'acme',
      output_text: WORDS,
      instructions: null,
      max_output_tokens: null,
      max_tool_calls: null,
      metadata: {},
      parallel_tool_calls: true,
      previous_response_id: null,
      prompt_cache_key: null,
      reasoning: { effort: 'low', summary: null },
      safety_identifier: null,
      service_tier: 'default',
      store: false,
      temperature: 0.5,
      text: { format: { type: 'text' }, verbosity: 'low' },
      tool_choice: 'auto',
      tools: [{ type: 'function', name: 'weather' }],
      top_logprobs: 0,
      top_p: null,
      truncation: 'disabled',
      user: null,
      usage: {
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 40, cache_write_tokens: 10 },
        output_tokens: 30,
        output_tokens_details: { reasoning_tokens: 20 },
        total_tokens: 130,
        cost: 0.25,
      },
    });
  });

  test('has an item for the thought, the words and each call', () => {
    expect(encoded['output']).toEqual([
      {
        id: 'rs_llmr1.01TEST_0',
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: 'I think.' }],
        encrypted_content: wrapSeal(ORIGIN, 'sig'),
      },
      {
        id: 'msg_01TEST_1',
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [
          {
            type: 'output_text',
            text: WORDS,
            annotations: [{ type: 'url_citation', url: PAGE.url, title: PAGE.title, start_index: 0, end_index: 5 }],
            logprobs: [],
          },
        ],
      },
      {
        id: 'fc_01TEST_2',
        type: 'function_call',
        status: 'completed',
        call_id: 'call_a',
        name: 'weather',
        arguments: '{"city": "Köln"}',
      },
      {
        id: 'ctc_01TEST_3',
        type: 'custom_tool_call',
        status: 'completed',
        call_id: 'call_b',
        name: 'patch',
        input: '*** Begin',
      },
    ]);
  });

  test('decodes to what it was made of', () => {
    const [choice] = openAiResponsesUpstream.decodeResponse(encoded).choices;
    expect(choice).toEqual({
      content: CONTENT.map((part) =>
        part.type === 'reasoning' ? { ...part, signature: wrapSeal(ORIGIN, 'sig') } : part,
      ),
      finishReason: 'tool-calls',
    });
    expect(openAiResponsesUpstream.summarizeResponse(Buffer.from(JSON.stringify(encoded)))).toEqual({
      usage: { ...USAGE, costUsd: 0.25 },
      finishReason: 'tool-calls',
    });
  });
});

describe('how an answer ends', () => {
  test.each([
    ['stop', 'completed', null],
    ['stop-sequence', 'completed', null],
    ['tool-calls', 'completed', null],
    ['pause', 'completed', null],
    ['other', 'completed', null],
    ['length', 'incomplete', { reason: 'max_output_tokens' }],
    ['content-filter', 'incomplete', { reason: 'content_filter' }],
  ] as const)('%s', (finishReason, status, incomplete_details) => {
    const encoded = openAiResponsesDialect.encodeResponse(
      answer([{ type: 'text', text: 'Hi' }], { finishReason }),
      answerFacts(),
    );
    expect(encoded).toMatchObject({ status, incomplete_details, output: [{ status }] });
  });

  test('a refusal in words is whole', () => {
    const encoded = openAiResponsesDialect.encodeResponse(
      answer([{ type: 'refusal', text: 'No.' }], { finishReason: 'content-filter' }),
      answerFacts(),
    );
    expect(encoded).toMatchObject({
      status: 'completed',
      output: [{ content: [{ type: 'refusal', refusal: 'No.' }] }],
    });
  });
});

describe('seals', () => {
  const redacted: ContentPart = { type: 'reasoning', text: '', redacted: 'data' };
  const call: ContentPart = { type: 'tool-call', id: 'c', name: 'f', arguments: '{}', signature: 'sig' };
  const thought: ContentPart = { type: 'reasoning', text: 'T', signature: 'sig' };

  test('go to clients that store nothing or ask for them, and to no others', () => {
    expect(itemsOf(answer([redacted, call])).map(({ type }) => type)).toEqual(['function_call']);
    expect(itemsOf(answer([thought]))[0]).not.toHaveProperty('encrypted_content');
    for (const body of [SEALED, { include: ['reasoning.encrypted_content'] }]) {
      expect(itemsOf(answer([redacted, call]), body).map(({ type }) => type)).toEqual([
        'reasoning',
        'reasoning',
        'function_call',
      ]);
    }
  });

  test('come back as they were', () => {
    const input = itemsOf(answer([thought, redacted, call]), SEALED);
    const [message] = openAiResponsesDialect.decodeRequest({ input }).messages;
    expect(message?.content).toEqual([thought, redacted, call].map((part) => ({ ...part, origin: ORIGIN })));
  });

  test('are taken out of a request that goes to somebody else', () => {
    const other = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' };
    const input = [...itemsOf(answer([thought, call]), SEALED), ...itemsOf(answer([thought])), other];
    const cleaned = openAiResponsesDialect.withoutSeals?.(
      { input, model: 'm' },
      (seal) => seal.startsWith('llmr1.'),
      true,
    );
    expect(asArray(cleaned?.['input']).map((item) => asObject(item)['id'])).toEqual(['fc_01TEST_2', 'rs_1']);
    const clean = { input: [other] };
    expect(openAiResponsesDialect.withoutSeals?.(clean, () => false, true)).toBe(clean);
  });
});

test('what there is no place for is in the ledger', () => {
  const ledger = new LossLedger();
  const sound: ContentPart = {
    type: 'media',
    modality: 'audio',
    source: { kind: 'inline', mediaType: 'audio/wav', base64: '' },
  };
  const picture: ContentPart = {
    type: 'media',
    modality: 'image',
    source: { kind: 'inline', mediaType: 'image/png', base64: 'aGk=' },
  };
  const cited: ContentPart = { type: 'text', text: 'Hi', citations: [{ title: 'a book' }] };
  const second = { content: [], finishReason: 'stop' } as const;
  const response: ChatResponse = {
    ...answer([sound, picture, cited]),
    choices: [answer([sound, picture, cited]).choices[0], second],
  };
  const encoded = openAiResponsesDialect.encodeResponse(response, answerFacts({ ledger }));
  expect(ledger.entries.map(({ field }) => field).sort()).toEqual([
    'answer.audio',
    'answer.choices',
    'answer.citations',
  ]);
  expect(encoded['output']).toMatchObject([
    { type: 'image_generation_call', result: 'aGk=', output_format: 'png' },
    { type: 'message' },
  ]);
});

describe('a stream', () => {
  const events = parsed(encodeAll(EVENTS, { body: SEALED }));

  test('numbers its events, names them, and has no other end than its own', () => {
    expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_, index) => index));
    const frames = readSseFrames(encodeAll(EVENTS));
    for (const { event, data } of frames) expect((JSON.parse(data) as JsonObject)['type']).toBe(event);
    expect(frames.at(-1)?.event).toBe('response.completed');
  });

  test('has every event in its order', () => {
    expect(
      events.map((event) => `${event['output_index'] ?? ''} ${String(event['type']).replace('response.', '')}`),
    ).toEqual([
      ' created',
      ' in_progress',
      '0 output_item.added',
      '0 reasoning_summary_part.added',
      '0 reasoning_summary_text.delta',
      '0 reasoning_summary_text.delta',
      '0 reasoning_summary_text.done',
      '0 reasoning_summary_part.done',
      '0 output_item.done',
      '1 output_item.added',
      '1 content_part.added',
      '1 output_text.delta',
      '1 output_text.delta',
      '1 output_text.annotation.added',
      '1 output_text.done',
      '1 content_part.done',
      '1 output_item.done',
      '2 output_item.added',
      '3 output_item.added',
      '3 custom_tool_call_input.delta',
      '2 function_call_arguments.delta',
      '3 custom_tool_call_input.delta',
      '2 function_call_arguments.delta',
      '2 function_call_arguments.done',
      '2 output_item.done',
      '3 custom_tool_call_input.done',
      '3 output_item.done',
      ' completed',
    ]);
  });

  test('says the words of every call whole at its end', () => {
    const ends = events.filter((event) => /(?:arguments|input)\.done$/.test(String(event['type'])));
    expect(ends).toMatchObject([
      { item_id: 'fc_01TEST_2', name: 'weather', arguments: '{"city": "Köln"}' },
      { item_id: 'ctc_01TEST_3', input: '*** Begin' },
    ]);
  });

  test('ends with the response that the whole answer would be', () => {
    const whole = openAiResponsesDialect.encodeResponse(
      answer(CONTENT, { finishReason: 'tool-calls' }),
      answerFacts({ origin: ORIGIN, body: SEALED }),
    );
    const { completed_at: _, ...last } = asObject(events.at(-1)?.['response']);
    const { completed_at: __, ...expected } = whole;
    expect(last).toEqual(expected);
  });

  test('decodes to the events that it was made of', () => {
    const decoder = openAiResponsesUpstream.createStreamDecoder();
    const decoded = readSseFrames(encodeAll(EVENTS, { body: SEALED })).flatMap((frame) => decoder.push(frame));
    const seal = wrapSeal(ORIGIN, 'sig');
    expect(decoded).toEqual(
      EVENTS.map((event) => {
        if (event.type === 'response-start') return { ...event, id: 'resp_01TEST', model: 'large' };
        return event.type === 'reasoning-end' ? { ...event, signature: seal } : event;
      }),
    );
  });

  test('keeps words that come while a call is open', () => {
    const mixed: ChatStreamEvent[] = [
      ...EVENTS.slice(0, 1),
      { type: 'tool-call-start', block: 0, choice: 0, id: 'c', name: 'f' },
      { type: 'text-start', block: 1, choice: 0 },
      { type: 'text-delta', block: 1, text: 'Hi' },
      { type: 'tool-call-delta', block: 0, arguments: '{}' },
      { type: 'text-end', block: 1 },
      { type: 'tool-call-end', block: 0 },
      ...EVENTS.slice(-2),
    ];
    const last = parsed(encodeAll(mixed)).at(-1);
    expect(asObject(last?.['response'])['output']).toMatchObject([
      { type: 'function_call', arguments: '{}' },
      { content: [{ text: 'Hi' }] },
    ]);
  });
});
