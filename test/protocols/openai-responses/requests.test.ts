import { describe, expect, test } from 'vitest';
import type { ToolSpec } from '../../../src/canonical/content.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { wrapSeal } from '../../../src/protocols/seal.ts';
import { decode, encode, lossesOf, ORIGIN, user } from './request-halves.ts';

/** As Codex sends it. */
const CODEX: JsonObject = {
  model: 'route',
  instructions: 'You are Codex.',
  input: [
    { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Sandboxed.' }] },
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'List files 模型 🦜' },
        { type: 'input_image', image_url: 'data:image/png;base64,aGk=' },
      ],
    },
    {
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'I look.' }],
      encrypted_content: wrapSeal(ORIGIN, 'gAAAA'),
    },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'On it.' }], phase: 'commentary' },
    { type: 'function_call', name: 'shell', arguments: '{"command": ["ls"]}', call_id: 'call_1' },
    { type: 'custom_tool_call', status: 'completed', call_id: 'call_2', name: 'apply_patch', input: '*** Begin Patch' },
    { type: 'function_call_output', call_id: 'call_1', output: 'a.txt' },
    {
      type: 'custom_tool_call_output',
      call_id: 'call_2',
      output: [
        { type: 'input_text', text: 'ok' },
        { type: 'input_image', image_url: 'https://example.org/a.png', detail: 'low' },
      ],
    },
  ],
  tools: [
    {
      type: 'function',
      name: 'shell',
      description: 'Runs',
      strict: false,
      parameters: { type: 'object', properties: {} },
    },
    {
      type: 'custom',
      name: 'apply_patch',
      description: 'Patches',
      format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
    },
    {
      type: 'namespace',
      name: 'mcp__burp',
      description: 'Burp',
      tools: [{ type: 'function', name: 'status', parameters: { type: 'object' }, strict: false }],
    },
    { type: 'web_search', external_web_access: true },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { effort: 'high', summary: 'auto' },
  store: false,
  stream: true,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'thread-1',
  text: { verbosity: 'low', format: { type: 'json_schema', name: 'out', strict: true, schema: { type: 'object' } } },
};

describe('a request of Codex', () => {
  const request = decode(CODEX);

  test('in canonical words', () => {
    expect(request.messages).toEqual([
      { role: 'system', content: [{ type: 'text', text: 'You are Codex.' }] },
      {
        role: 'system',
        content: [{ type: 'text', text: 'Sandboxed.' }],
        extras: { 'openai-responses': { role: 'developer' } },
      },
      user(
        { type: 'text', text: 'List files 模型 🦜' },
        { type: 'media', modality: 'image', source: { kind: 'inline', mediaType: 'image/png', base64: 'aGk=' } },
      ),
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'I look.', signature: 'gAAAA', origin: ORIGIN },
          { type: 'text', text: 'On it.' },
          { type: 'tool-call', id: 'call_1', name: 'shell', arguments: '{"command": ["ls"]}' },
          { type: 'tool-call', id: 'call_2', name: 'apply_patch', arguments: '*** Begin Patch', isCustom: true },
        ],
        extras: { 'openai-responses': { phase: 'commentary' } },
      },
      {
        role: 'tool',
        content: [{ type: 'tool-result', callId: 'call_1', content: [{ type: 'text', text: 'a.txt' }] }],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            callId: 'call_2',
            isCustom: true,
            content: [
              { type: 'text', text: 'ok' },
              {
                type: 'media',
                modality: 'image',
                source: { kind: 'url', url: 'https://example.org/a.png' },
                detail: 'low',
              },
            ],
          },
        ],
      },
    ]);
    expect(request).toMatchObject({
      stream: true,
      toolChoice: 'auto',
      parallelToolCalls: true,
      reasoning: { effort: 'high', isVisible: true },
      responseFormat: { type: 'json-schema', name: 'out', strict: true, schema: { type: 'object' } },
    });
    expect(
      request.tools?.map((tool) => ('name' in tool ? [tool.kind, tool.namespace, tool.name] : [tool.kind])),
    ).toEqual([
      ['function', undefined, 'shell'],
      ['custom', undefined, 'apply_patch'],
      ['function', 'mcp__burp', 'status'],
      ['foreign'],
    ]);
    expect(Object.keys(request.extras?.['openai-responses'] ?? {}).sort()).toEqual([
      'prompt_cache_key',
      'text',
      'tools',
    ]);
  });

  test('goes to a provider of the same format as it came', () => {
    const { body, losses } = encode(request);
    expect(losses).toEqual([]);
    const { model: _, ...rest } = CODEX;
    expect(body).toEqual({
      ...rest,
      model: 'gpt-5.1',
      input: (CODEX['input'] as JsonObject[]).map(({ status: __, ...item }) => {
        return item['type'] === 'reasoning' ? { ...item, encrypted_content: 'gAAAA' } : item;
      }),
    });
  });

  test('keeps thoughts from a provider that did not make them', () => {
    const { body, losses } = encode(request, { origin: 'openai-responses:azure' });
    expect(JSON.stringify(body)).not.toContain('gAAAA');
    expect(lossesOf(losses)).toEqual(['messages.reasoning dropped minor']);
  });

  test('says the tools as they are where they have been changed', () => {
    const tools = request.tools?.map(
      (tool): ToolSpec => (tool.kind === 'function' ? { kind: 'function', name: `x_${tool.name}` } : tool),
    );
    const { body } = encode({ ...request, ...(tools === undefined ? {} : { tools }) });
    expect((body['tools'] as JsonObject[]).map(({ name, strict }) => [name, strict])).toEqual([
      ['x_shell', false],
      ['apply_patch', undefined],
      ['x_status', false],
      [undefined, undefined],
    ]);
  });
});

describe('decoding', () => {
  test('a text is what the user says', () => {
    expect(decode({ input: 'Hi' }).messages).toEqual([user({ type: 'text', text: 'Hi' })]);
  });

  test('items without a type are messages', () => {
    const input = [
      { role: 'system', content: 'S' },
      { role: 'user', content: 'Q' },
      { role: 'assistant', content: 'A' },
    ];
    expect(decode({ input }).messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant']);
  });

  test('two answers of the assistant stay two, and a thought goes with what follows it', () => {
    const input = [
      { role: 'user', content: 'Q' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'A' }] },
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'T' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No' }] },
    ];
    expect(decode({ input }).messages.slice(1)).toEqual([
      { role: 'assistant', content: [{ type: 'text', text: 'A' }] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'T' },
          { type: 'refusal', text: 'No' },
        ],
      },
    ]);
  });

  test('words on the way and the answer are two messages', () => {
    const said = (text: string): JsonObject => ({ role: 'assistant', content: [{ type: 'output_text', text }] });
    const { messages } = decode({ input: [said('A'), said('B')] });
    expect(messages.map(({ content }) => content)).toEqual([
      [{ type: 'text', text: 'A' }],
      [{ type: 'text', text: 'B' }],
    ]);
  });

  test('the seal of a call comes back to its call', () => {
    const seal = wrapSeal('gemini-generate:google', 'call:sig');
    const input = [
      { type: 'reasoning', id: 'rs_x', summary: [], encrypted_content: seal },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
    ];
    expect(decode({ input }).messages[0]?.content).toEqual([
      { type: 'tool-call', id: 'c', name: 'f', arguments: '{}', signature: 'sig', origin: 'gemini-generate:google' },
    ]);
  });

  test('a thought without words is a sealed one', () => {
    const seal = wrapSeal('anthropic-messages:anthropic', 'redacted:data');
    const input = [
      { type: 'reasoning', summary: [], encrypted_content: seal },
      { type: 'reasoning', summary: [], encrypted_content: 'raw' },
    ];
    expect(decode({ input }).messages[0]?.content).toEqual([
      { type: 'reasoning', text: '', redacted: 'data', origin: 'anthropic-messages:anthropic' },
      { type: 'reasoning', text: '', redacted: 'raw' },
    ]);
  });

  test('files, sounds, marks and citations', () => {
    const page = { type: 'url_citation', url: 'https://e.org', title: 'E', start_index: 0, end_index: 1 };
    const input = [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'T', prompt_cache_breakpoint: { mode: 'explicit', ttl: '30m' } },
          { type: 'input_file', filename: 'a.txt', file_data: 'data:text/plain;base64,aGk=' },
          { type: 'input_file', file_url: 'https://e.org/a.pdf' },
          { type: 'input_file', file_data: 'aGk=' },
          { type: 'input_audio', input_audio: { data: 'aGk=', format: 'wav' } },
          { type: 'input_file', file_id: 'file-1' },
        ],
      },
      {
        role: 'assistant',
        content: [{ type: 'output_text', text: 'A', annotations: [page, { type: 'file_citation' }] }],
      },
    ];
    const [asked, said] = decode({ input }).messages;
    const document = { type: 'media', modality: 'document' };
    expect(asked?.content).toEqual([
      { type: 'text', text: 'T', cache: { ttl: '30m' } },
      { ...document, source: { kind: 'inline', mediaType: 'text/plain', base64: 'aGk=' }, filename: 'a.txt' },
      { ...document, source: { kind: 'url', url: 'https://e.org/a.pdf' } },
      { ...document, source: { kind: 'inline', mediaType: 'application/pdf', base64: 'aGk=' } },
      { type: 'media', modality: 'audio', source: { kind: 'inline', mediaType: 'audio/wav', base64: 'aGk=' } },
      { type: 'foreign', protocol: 'openai-responses', value: { type: 'input_file', file_id: 'file-1' } },
    ]);
    expect(said?.content).toEqual([
      { type: 'text', text: 'A', citations: [{ url: 'https://e.org', title: 'E', start: 0, end: 1 }] },
    ]);
  });

  test('only the allowed tools are left', () => {
    const tool = (name: string): JsonObject => ({ type: 'function', name, parameters: {} });
    const choice = {
      type: 'allowed_tools',
      mode: 'required',
      tools: [{ type: 'function', name: 'b' }, { type: 'web_search' }],
    };
    const { tools, toolChoice } = decode({
      input: 'x',
      tools: [tool('a'), tool('b'), { type: 'web_search' }],
      tool_choice: choice,
    });
    expect(tools?.map((spec) => ('name' in spec ? spec.name : spec.value['type']))).toEqual(['b', 'web_search']);
    expect(toolChoice).toBe('required');
  });

  test.each([
    ['none', 'none'],
    [{ type: 'function', name: 'f' }, { name: 'f' }],
    [
      { type: 'custom', name: 'f' },
      { name: 'f', isCustom: true },
    ],
    [
      { type: 'function', name: 'f', namespace: 'g' },
      { name: 'f', namespace: 'g' },
    ],
  ])('tool_choice %j', (choice, toolChoice) => {
    expect(decode({ input: 'x', tool_choice: choice }).toolChoice).toEqual(toolChoice);
  });

  test('stored state and settings without a canonical word are kept, router members are not', () => {
    const members = {
      previous_response_id: 'resp_1',
      truncation: 'auto',
      metadata: { a: 'b' },
      tool_choice: { type: 'web_search' },
      reasoning: { summary: 'detailed', context: 'all_turns' },
      store: true,
    };
    const request = decode({ input: 'x', ...members, tags: ['a'], conversation_id: 'c', model: 'm' });
    expect(request.extras).toEqual({ 'openai-responses': members });
    expect(request.reasoning).toEqual({ isVisible: true });
  });

  test('log probabilities', () => {
    expect(decode({ input: 'x', top_logprobs: 3 }).logprobs).toEqual({ top: 3 });
    expect(decode({ input: 'x', include: ['message.output_text.logprobs'] }).logprobs).toEqual({ top: 0 });
    expect(decode({ input: 'x', top_logprobs: 0 }).logprobs).toBeUndefined();
  });
});
