import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../../src/canonical/chat.ts';
import type { ContentPart, Message, ToolSpec } from '../../../src/canonical/content.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { anthropicMessagesUpstream as upstream } from '../../../src/protocols/anthropic-messages/anthropic-messages.ts';
import { encodeOptions } from '../../support/facts.ts';
import { generationOf, phrase, turnsOf } from '../../support/vendors/anthropic-request.ts';
import { MESSAGE_RULES } from '../../support/vendors/anthropic-rules.ts';
import { COUNT_TOKENS_BODY, MESSAGE_BODIES } from '../../support/vendors/anthropic-shapes.ts';
import { THINKING_RULES } from '../../support/vendors/anthropic-thinking.ts';
import { firstComplaint } from '../../support/vendors/refusal.ts';
import { findProblem, type Shape } from '../../support/vendors/shape.ts';

const ORIGIN = 'anthropic-messages:acme';
const VERSION = '2023-06-01';

/** What the vendor would say about the body; undefined where it takes it. */
function complaintAbout(body: JsonObject, shape: Shape | undefined): string | undefined {
  if (shape === undefined) throw new Error(`no shape for version ${VERSION}`);
  const problem = findProblem(shape, body);
  if (problem !== undefined) return phrase(problem);
  return firstComplaint([...MESSAGE_RULES, ...THINKING_RULES], {
    body,
    version: VERSION,
    generation: generationOf(String(body['model'])),
    turns: turnsOf(body),
    signed: new Map([['sealed', 'Hm.']]),
    signatureOfCall: new Map(),
  });
}

const words = fc.constantFrom('', ' ', 'hi', 'Grüße 模型', 'a\n ');
const ttl = fc.constantFrom({}, { cache: {} }, { cache: { ttl: '5m' } });
const text = fc.tuple(words, ttl).map(([said, mark]): ContentPart => ({ type: 'text', text: said, ...mark }));
const thought = fc.constantFrom<ContentPart>(
  { type: 'reasoning', text: 'Hm.' },
  { type: 'reasoning', text: 'Hm.', signature: 'sealed', origin: ORIGIN },
  { type: 'reasoning', text: 'Hm.', signature: 'other', origin: 'gemini-generate:other' },
  { type: 'reasoning', text: '', redacted: 'data', origin: ORIGIN },
);
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const media = fc.constantFrom<ContentPart>(
  { type: 'media', modality: 'image', source: { kind: 'inline', mediaType: 'image/png', base64: PIXEL } },
  { type: 'media', modality: 'image', source: { kind: 'url', url: 'https://a.example/p' }, detail: 'low' },
  { type: 'media', modality: 'image', source: { kind: 'url', url: 'gs://bucket/p' } },
  { type: 'media', modality: 'document', source: { kind: 'inline', mediaType: 'text/csv', base64: 'YSxi' } },
  { type: 'media', modality: 'document', source: { kind: 'inline', mediaType: 'application/zip', base64: 'AA==' } },
  { type: 'media', modality: 'audio', source: { kind: 'inline', mediaType: 'audio/mp3', base64: 'AA==' } },
);
const refusal = words.map((said): ContentPart => ({ type: 'refusal', text: said }));
const foreign = fc.constant<ContentPart>({ type: 'foreign', protocol: 'openai-responses', value: { type: 'x' } });

/** Calls get their ids and results later, so that every one is answered. */
const callNames = fc.array(fc.constantFrom('weather', 'time'), { maxLength: 3 });

interface Step {
  readonly user: readonly ContentPart[];
  readonly system: readonly ContentPart[] | undefined;
  readonly assistant: readonly ContentPart[];
  readonly calls: readonly string[];
  readonly results: readonly ContentPart[];
  readonly args: string;
}

const step: fc.Arbitrary<Step> = fc.record({
  user: fc.array(fc.oneof(text, media, foreign), { maxLength: 3 }),
  system: fc.option(fc.array(text, { maxLength: 2 }), { nil: undefined, freq: 3 }),
  assistant: fc.array(fc.oneof(text, thought, media, refusal), { maxLength: 3 }),
  calls: callNames,
  results: fc.array(fc.oneof(text, media), { maxLength: 2 }),
  args: fc.constantFrom('', '{}', '{"a":1}', 'not json', '[1]'),
});

function messagesOf(steps: readonly Step[]): Message[] {
  return steps.flatMap(({ user, system, assistant, calls, results, args }, at): Message[] => {
    const made = calls.map(
      (name, index) => ({ type: 'tool-call', id: `c${at}_${index}`, name, arguments: args }) as const,
    );
    const answers = made.map(
      ({ id }) => ({ type: 'tool-result', callId: id, content: results, isError: true }) as const,
    );
    return [
      ...(system === undefined ? [] : [{ role: 'system', content: system } as const]),
      { role: 'user', content: user },
      { role: 'assistant', content: [...assistant, ...made] },
      ...answers.map((answer) => ({ role: 'tool', content: [answer] }) as const),
    ];
  });
}

const schema = fc.constantFrom<JsonObject>(
  { type: 'object', properties: { a: { type: 'integer', minimum: 1 } }, required: ['a'] },
  { properties: { list: { type: 'array', items: { type: 'object', properties: {} }, minItems: 3 } } },
  { type: 'object', additionalProperties: { type: 'string' } },
  {
    anyOf: [
      { type: 'object', properties: { x: { type: 'string' } } },
      { type: 'object', properties: {} },
    ],
  },
);

const tool = (name: string): fc.Arbitrary<ToolSpec> =>
  fc
    .record({
      strict: fc.option(fc.boolean(), { nil: undefined }),
      parameters: fc.option(schema, { nil: undefined }),
      mark: ttl,
    })
    .map(({ strict, parameters, mark }) => ({
      kind: 'function',
      name,
      ...(strict === undefined ? {} : { strict }),
      ...(parameters === undefined ? {} : { parameters }),
      ...mark,
    }));

const request: fc.Arbitrary<ChatRequest> = fc
  .record(
    {
      messages: fc.array(step, { minLength: 1, maxLength: 4 }).map(messagesOf),
      stream: fc.boolean(),
      tools: fc.oneof(fc.tuple(tool('weather'), tool('time')), fc.constant([])),
      toolChoice: fc.constantFrom('auto' as const, 'none' as const, 'required' as const, { name: 'time' }),
      parallelToolCalls: fc.boolean(),
      maxOutputTokens: fc.integer({ min: 1, max: 100_000 }),
      temperature: fc.double({ min: 0, max: 2, noNaN: true }),
      topP: fc.double({ min: 0, max: 1, noNaN: true }),
      topK: fc.nat(100),
      frequencyPenalty: fc.constant(1),
      seed: fc.nat(),
      count: fc.nat(3),
      stop: fc.array(words, { maxLength: 3 }),
      logprobs: fc.constant({ top: 2 }),
      responseFormat: fc.oneof(
        fc.constant({ type: 'json' } as const),
        schema.map((value) => ({ type: 'json-schema', name: 's', schema: value, strict: true }) as const),
      ),
      reasoning: fc.record(
        {
          mode: fc.constantFrom('on', 'off', 'adaptive'),
          effort: fc.constantFrom('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'),
          budgetTokens: fc.nat(50_000),
          isVisible: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      user: fc.string({ maxLength: 300 }),
    },
    { requiredKeys: ['messages', 'stream'] },
  )
  .map((made) => made as ChatRequest);

const MODELS = ['claude-haiku-4-5', 'claude-sonnet-4-6', 'claude-opus-5', 'claude-fable-5-1'];

/** A request of blanks only says nothing: the vendor's own refusal is the right answer to it. */
function saysSomething(body: JsonObject): boolean {
  return Array.isArray(body['messages']) && body['messages'].length > 0;
}

describe.each(MODELS)('%s', (model) => {
  const options = encodeOptions({ model, origin: ORIGIN });

  test('takes whatever the encoder makes', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const { body } = upstream.encodeRequest(asked, options);
        fc.pre(saysSomething(body));
        expect(complaintAbout(body, MESSAGE_BODIES[VERSION])).toBeUndefined();
      }),
      { numRuns: 1500 },
    );
  });

  test('counts the tokens of whatever the encoder makes', () => {
    fc.assert(
      fc.property(request, (asked) => {
        const { body } = upstream.encodeRequest(asked, options);
        fc.pre(saysSomething(body));
        const counted = upstream.tokenCounter?.encodeRequest(body, model) ?? {};
        expect(counted['model']).toBe(model);
        expect(findProblem(COUNT_TOKENS_BODY, counted)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});
