import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatResponse } from '../../src/canonical/chat.ts';
import type { ContentPart } from '../../src/canonical/content.ts';
import { replayAsStream } from '../../src/canonical/replay-stream.ts';
import { parseExact, stringifyExact } from '../../src/lib/exact-json.ts';
import { asObject } from '../../src/lib/json.ts';
import { readExactAnswer } from '../../src/protocols/read-answer.ts';
import { clientDialects, upstreamProtocols } from '../../src/protocols/registry.ts';
import { answerFacts, encodeOptions, streamFacts } from '../support/facts.ts';
import { exactValuesOf, objectText } from '../support/json-texts.ts';
import { runFramed } from './run-framed.ts';

/** Formats with both halves, so that what one writes the other reads. */
const FORMATS = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini-generate', 'ollama-chat'] as const;

const numRuns = 150;

const callWith = (words: string): ContentPart => ({ type: 'tool-call', id: 'call_1', name: 'look', arguments: words });

const answerWith = (words: string): ChatResponse => ({
  id: 'a',
  model: 'm',
  choices: [{ content: [callWith(words)], finishReason: 'tool-calls' }],
  usage: undefined,
});

const argumentsOf = (content: readonly ContentPart[] = []): unknown[] =>
  content.flatMap((part) => (part.type === 'tool-call' ? [exactValuesOf(part.arguments)] : []));

describe.each(FORMATS)('arguments in %s say the same to the last digit', (format) => {
  const dialect = clientDialects[format];
  const protocol = upstreamProtocols[format];

  test('in an answer', () => {
    fc.assert(
      fc.property(objectText, (words) => {
        const wire = stringifyExact(dialect.encodeResponse(answerWith(words), answerFacts()));
        const { choices } = protocol.decodeResponse(readExactAnswer(Buffer.from(wire)));
        expect(argumentsOf(choices[0].content)).toEqual([exactValuesOf(words)]);
      }),
      { numRuns },
    );
  });

  test('in a stream', () => {
    fc.assert(
      fc.property(objectText, (words) => {
        const encoder = dialect.createStreamEncoder(streamFacts());
        const wire = replayAsStream(answerWith(words)).map((event) => encoder.push(event));
        const { choices } = runFramed(protocol, [Buffer.from(wire.join(''))]).summary;
        expect(choices[0]?.toolCalls.map((call) => exactValuesOf(call.arguments))).toEqual([exactValuesOf(words)]);
      }),
      { numRuns },
    );
  });

  test('in what was said before', () => {
    fc.assert(
      fc.property(objectText, (words) => {
        const messages = [
          { role: 'user', content: [{ type: 'text', text: 'Go.' }] },
          { role: 'assistant', content: [callWith(words)] },
          { role: 'tool', content: [{ type: 'tool-result', callId: 'call_1', name: 'look', content: [] }] },
        ] as const;
        const { body } = protocol.encodeRequest({ messages, stream: false }, encodeOptions());
        const read = parseExact(stringifyExact({ ...body, model: 'm' }));
        const request = dialect.decodeRequest(asObject(read.ok ? read.value : undefined));
        expect(argumentsOf(request.messages.flatMap(({ content }) => content))).toEqual([exactValuesOf(words)]);
      }),
      { numRuns },
    );
  });
});

test('a service that starts a call with its whole arguments is read exactly', () => {
  const events = [
    { type: 'message_start', message: { usage: { input_tokens: 1 } } },
    {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'tool_use', id: 't', name: 'look', input: 'HERE' },
    },
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 1 } },
    { type: 'message_stop' },
  ];
  const wire = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  const bytes = Buffer.from(wire.replace('"HERE"', '{"id":12345678901234567890}'));
  const { choices } = runFramed(upstreamProtocols['anthropic-messages'], [bytes]).summary;
  expect(choices[0]?.toolCalls[0]?.arguments).toBe('{"id":12345678901234567890}');
});
