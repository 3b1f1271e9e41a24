import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatRequest, ChatStreamEvent } from '../../../src/canonical/chat.ts';
import type { ToolCallPart } from '../../../src/canonical/content.ts';
import { adaptTools } from '../../../src/protocols/adapt-tools.ts';
import type { ToolSupport } from '../../../src/protocols/protocol.ts';
import { restoreResponse, ToolRestorer } from '../../../src/protocols/restore-tools.ts';

const STRICT: ToolSupport = { custom: false, namespaces: false, namePattern: /^[a-zA-Z0-9_-]{1,64}$/ };
const NINE: ToolSupport = { ...STRICT, callIdPattern: /^[a-zA-Z0-9]{9}$/ };

const request = (changes: Partial<ChatRequest>): ChatRequest => ({ messages: [], stream: false, ...changes });
const callOf = (name: string, words: string): ToolCallPart => ({ type: 'tool-call', id: 'c', name, arguments: words });

function answer(parts: readonly ToolCallPart[]) {
  return {
    id: 'r',
    model: 'm',
    usage: undefined,
    choices: [{ content: parts, finishReason: 'tool-calls' }],
  } as const;
}

describe('tools that a provider takes as they are', () => {
  test('stay as they are, and nothing has to be turned back', () => {
    const plain = request({ tools: [{ kind: 'function', name: 'look' }], toolChoice: { name: 'look' } });
    expect(adaptTools(plain, STRICT, 'openai-chat')).toEqual({ request: plain, losses: [], names: undefined });
    const wordless = request({});
    expect(adaptTools(wordless, STRICT, 'openai-chat').request).toBe(wordless);
  });
});

describe('a tool with free text', () => {
  const custom = request({
    tools: [{ kind: 'custom', name: 'patch', description: 'Patches.', format: { definition: 'start: LINE' } }],
    toolChoice: { name: 'patch', isCustom: true },
    messages: [
      { role: 'assistant', content: [{ ...callOf('patch', 'a "quoted"\nline'), isCustom: true }] },
      { role: 'tool', content: [{ type: 'tool-result', callId: 'c', content: [] }] },
    ],
  });

  test('goes out as a function with one text, and its grammar in words', () => {
    const { request: adapted, losses } = adaptTools(custom, STRICT, 'openai-chat');
    expect(adapted.tools).toMatchObject([{ kind: 'function', name: 'patch', parameters: { required: ['input'] } }]);
    expect(adapted.tools?.[0]).toMatchObject({ description: expect.stringContaining('start: LINE') });
    expect(adapted.toolChoice).toEqual({ name: 'patch' });
    expect(adapted.messages[0]?.content).toEqual([callOf('patch', JSON.stringify({ input: 'a "quoted"\nline' }))]);
    expect(losses).toMatchObject([{ field: 'tools.patch', outcome: 'approximated', severity: 'minor' }]);
  });

  test('is called by the model as a function, and the client sees its own tool', () => {
    const { names } = adaptTools(custom, STRICT, 'openai-chat');
    if (names === undefined) throw new Error('nothing to turn back');
    const restored = restoreResponse(answer([callOf('patch', '{"input":"new text"}')]), names);
    expect(restored.choices[0].content).toEqual([{ ...callOf('patch', 'new text'), isCustom: true }]);
    const other = restoreResponse(answer([callOf('patch', 'no JSON'), callOf('else', '{}')]), names);
    expect(other.choices[0].content).toEqual([{ ...callOf('patch', 'no JSON'), isCustom: true }, callOf('else', '{}')]);
  });

  test('stays what it is where the provider knows such tools', () => {
    expect(adaptTools(custom, { ...STRICT, custom: true }, 'openai-chat')).toEqual({
      request: custom,
      losses: [],
      names: undefined,
    });
  });
});

describe('tools that a vendor runs itself', () => {
  const search = { kind: 'foreign', protocol: 'openai-responses', value: { type: 'web_search' } } as const;
  const losses = (changes: Partial<ChatRequest>) => adaptTools(request(changes), STRICT, 'openai-chat').losses;

  test('go to their own format only', () => {
    const own = adaptTools(request({ tools: [search] }), STRICT, 'openai-responses');
    expect(own.request.tools).toEqual([search]);
    const other = adaptTools(request({ tools: [search, { kind: 'function', name: 'look' }] }), STRICT, 'openai-chat');
    expect(other.request.tools).toEqual([{ kind: 'function', name: 'look' }]);
  });

  test('matter where there is nothing else, or where some tool has to be called', () => {
    const look = { kind: 'function', name: 'look' } as const;
    expect(losses({ tools: [search, look] })).toMatchObject([{ field: 'tools.web_search', severity: 'minor' }]);
    expect(losses({ tools: [search] })).toMatchObject([{ severity: 'meaning' }]);
    expect(losses({ tools: [search, look], toolChoice: 'required' })).toMatchObject([{ severity: 'meaning' }]);
  });
});

describe('names', () => {
  test('of two groups with the same tool stay apart, there and back', () => {
    const grouped = request({
      tools: [
        { kind: 'function', name: 'find', namespace: 'files' },
        { kind: 'function', name: 'find', namespace: 'web' },
        { kind: 'function', name: 'files__find' },
      ],
    });
    const { request: adapted, names } = adaptTools(grouped, STRICT, 'openai-chat');
    const wireNames = adapted.tools?.map((tool) => (tool.kind === 'foreign' ? '' : tool.name)) ?? [];
    expect(new Set(wireNames).size).toBe(3);
    expect(wireNames.slice(1)).toEqual(['web__find', 'files__find']);
    expect(names?.identityOf(wireNames[0] ?? '')).toEqual({ name: 'find', namespace: 'files' });
    expect(names?.identityOf('web__find')).toEqual({ name: 'find', namespace: 'web' });
  });

  test('of any form become ones that the provider takes, one for each, and lead back', () => {
    const tool = fc.record(
      {
        kind: fc.constant('function' as const),
        name: fc.string({ minLength: 1, maxLength: 90 }),
        namespace: fc.string(),
      },
      { requiredKeys: ['kind', 'name'] },
    );
    const unique = fc.uniqueArray(tool, {
      maxLength: 8,
      selector: ({ name, namespace }) => `${namespace ?? ''}\u0000${name}`,
    });
    fc.assert(
      fc.property(unique, (tools) => {
        const adapted = adaptTools(request({ tools }), STRICT, 'openai-chat');
        const wireNames =
          adapted.request.tools?.flatMap((entry) => (entry.kind === 'foreign' ? [] : [entry.name])) ?? [];
        expect(new Set(wireNames).size).toBe(tools.length);
        for (const name of wireNames) expect(name).toMatch(STRICT.namePattern);
        for (const [index, { name }] of tools.entries()) {
          const identity = adapted.names?.identityOf(wireNames[index] ?? '');
          expect(identity?.name ?? wireNames[index]).toBe(name);
        }
      }),
    );
  });

  test('ids of calls are the same in call and result, in the form that the provider takes', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (id) => {
        const messages = [
          { role: 'assistant', content: [{ ...callOf('look', '{}'), id }] },
          { role: 'tool', content: [{ type: 'tool-result', callId: id, content: [] }] },
        ] as const;
        const { request: adapted } = adaptTools(request({ messages }), NINE, 'openai-chat');
        const [call, result] = adapted.messages.flatMap(({ content }) => content);
        const sent = call?.type === 'tool-call' ? call.id : '';
        expect(sent).toMatch(/^[a-zA-Z0-9]{9}$/);
        expect(result?.type === 'tool-result' ? result.callId : '').toBe(sent);
      }),
    );
  });
});

test('in a stream, wrapped texts come whole at the end of their call and everything else as it comes', () => {
  const { names } = adaptTools(
    request({
      tools: [
        { kind: 'custom', name: 'patch' },
        { kind: 'function', name: 'look' },
      ],
    }),
    STRICT,
    'openai-chat',
  );
  if (names === undefined) throw new Error('nothing to turn back');
  const restorer = new ToolRestorer(names);
  const events: ChatStreamEvent[] = [
    { type: 'tool-call-start', block: 0, choice: 0, id: 'a', name: 'patch' },
    { type: 'tool-call-delta', block: 0, arguments: '{"inp' },
    { type: 'tool-call-start', block: 1, choice: 0, id: 'b', name: 'look' },
    { type: 'tool-call-delta', block: 1, arguments: '{"x":1}' },
    { type: 'tool-call-delta', block: 0, arguments: 'ut":"A\\n"}' },
    { type: 'tool-call-end', block: 0 },
    { type: 'tool-call-end', block: 1 },
  ];
  expect(events.flatMap((event) => restorer.push(event))).toEqual([
    { type: 'tool-call-start', block: 0, choice: 0, id: 'a', name: 'patch', isCustom: true },
    { type: 'tool-call-start', block: 1, choice: 0, id: 'b', name: 'look' },
    { type: 'tool-call-delta', block: 1, arguments: '{"x":1}' },
    { type: 'tool-call-delta', block: 0, arguments: 'A\n' },
    { type: 'tool-call-end', block: 0 },
    { type: 'tool-call-end', block: 1 },
  ]);
});
