import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ContentPart, Message, ToolSpec } from '../../../src/canonical/content.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { wrapSeal } from '../../../src/protocols/seal.ts';
import { decode, encode, ORIGIN, user } from './request-halves.ts';

describe('canonical to wire and back is the same', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 });
  const id = fc.stringMatching(/^[a-z0-9_]{1,20}$/);
  const words = text.map((value): ContentPart => ({ type: 'text', text: value }));
  const url = fc.webUrl();
  const source = fc.oneof(
    url.map((value) => ({ kind: 'url', url: value }) as const),
    fc.base64String().map((base64) => ({ kind: 'inline', mediaType: 'image/png', base64 }) as const),
  );
  const image = source.map((value): ContentPart => ({ type: 'media', modality: 'image', source: value }));
  const file = fc.record({ data: fc.base64String(), name: text }).map(({ data, name }): ContentPart => {
    const inline = { kind: 'inline', mediaType: 'application/pdf', base64: data } as const;
    return { type: 'media', modality: 'document', source: inline, filename: name };
  });
  const foreign = id.map((value): ContentPart => {
    return { type: 'foreign', protocol: 'openai-responses', value: { type: 'input_file', file_id: value } };
  });
  const asked = fc
    .array(fc.oneof(words, image, file, foreign), { minLength: 1, maxLength: 4 })
    .map((content): Message => ({ role: 'user', content }));
  const call = fc
    .record({ id, name: id, arguments: fc.string(), isCustom: fc.boolean() })
    .map(({ isCustom, ...rest }): ContentPart => {
      return { type: 'tool-call', ...rest, ...(isCustom ? { isCustom } : {}) };
    });
  const thought = fc
    .record({ shown: fc.string({ unit: 'grapheme' }), seal: id })
    .map(({ shown, seal }): ContentPart => {
      const closed = shown === '' ? { redacted: seal } : { signature: seal };
      return { type: 'reasoning', text: shown, ...closed, origin: ORIGIN };
    });
  const turn = fc
    .tuple(fc.array(thought, { maxLength: 2 }), words, fc.array(call, { maxLength: 3 }))
    .map(([thoughts, said, calls]): Message => ({ role: 'assistant', content: [...thoughts, said, ...calls] }));
  const result = fc.record({ callId: id, content: fc.array(words, { maxLength: 1 }) }).map(
    (value): Message => ({
      role: 'tool',
      content: [
        {
          type: 'tool-result',
          ...value,
          content: value.content.length === 0 ? [{ type: 'text', text: '' }] : value.content,
        },
      ],
    }),
  );
  const messages = fc
    .array(fc.tuple(asked, turn, fc.array(result, { maxLength: 2 })), { minLength: 1, maxLength: 3 })
    .map((turns) => turns.flatMap(([question, answer, results]) => [question, answer, ...results]));
  const tool = fc
    .record({ name: id, strict: fc.boolean(), namespace: fc.option(id, { nil: undefined }) })
    .map(({ namespace, ...rest }): ToolSpec => {
      const parameters = { type: 'object', properties: {} };
      return { kind: 'function', ...rest, parameters, ...(namespace === undefined ? {} : { namespace }) };
    });

  test('for conversations', () => {
    fc.assert(
      fc.property(messages, (conversation) => {
        // Ids of results in another kind than their call would change the kind.
        const customs = new Set(
          conversation.flatMap(({ content }) =>
            content.flatMap((part) => (part.type === 'tool-call' && part.isCustom ? [part.id] : [])),
          ),
        );
        const known = conversation.filter(
          ({ content }) => !content.some((part) => part.type === 'tool-result' && customs.has(part.callId)),
        );
        const { body, losses } = encode({ messages: known });
        expect(losses).toEqual([]);
        const sealed = (body['input'] as JsonObject[]).map((item) => {
          if (item['type'] !== 'reasoning') return item;
          const mark = (item['summary'] as unknown[]).length === 0 ? 'redacted:' : '';
          return { ...item, encrypted_content: wrapSeal(ORIGIN, `${mark}${String(item['encrypted_content'])}`) };
        });
        expect(decode({ ...body, input: sealed }).messages).toEqual(known);
      }),
    );
  });

  test('for parameters', () => {
    const plain = fc.record(
      {
        temperature: fc.double({ min: 0, max: 2, noNaN: true }),
        topP: fc.double({ min: 0, max: 1, noNaN: true }),
        maxOutputTokens: fc.integer({ min: 16 }),
        parallelToolCalls: fc.boolean(),
        user: text,
        logprobs: fc.record({ top: fc.integer({ min: 0, max: 20 }) }),
        reasoning: fc.record({ effort: id, isVisible: fc.constant(true as const) }),
        responseFormat: fc.constantFrom(
          { type: 'json' } as const,
          { type: 'json-schema', name: 'n', schema: { type: 'object' }, strict: true, description: 'd' } as const,
        ),
        toolChoice: fc.constantFrom('auto' as const, 'none' as const, { name: 'f' }, { name: 'g', isCustom: true }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        plain,
        fc.uniqueArray(tool, { minLength: 1, maxLength: 4, selector: (value) => JSON.stringify(value) }),
        fc.boolean(),
        (parameters, tools, stream) => {
          const sorted = tools.toSorted((a, b) =>
            String('namespace' in a ? a.namespace : '').localeCompare(String('namespace' in b ? b.namespace : '')),
          );
          const request = { ...parameters, tools: sorted, stream };
          const { body, losses } = encode({ ...request, messages: [user({ type: 'text', text: 'x' })] });
          expect(losses).toEqual([]);
          const { messages: _, extras: __, ...decoded } = decode(body);
          expect(decoded).toEqual(request);
        },
      ),
    );
  });
});
