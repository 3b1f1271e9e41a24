import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../../src/canonical/chat.ts';
import type { ContentPart, Message } from '../../../src/canonical/content.ts';
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import {
  geminiGenerateDialect,
  geminiGenerateUpstream,
} from '../../../src/protocols/gemini-generate/gemini-generate.ts';
import type { EncodeOptions } from '../../../src/protocols/protocol.ts';
import { wrapSeal } from '../../../src/protocols/seal.ts';

const ORIGIN = 'gemini-generate:google';
const OPTIONS: EncodeOptions = {
  model: 'gemini-3-pro',
  contextWindow: undefined,
  maxOutputTokens: undefined,
  isReasoningModel: true,
  limitMember: 'max_tokens',
  refusedParameters: new Set(),
  defaults: {},
  reasoningMember: undefined,
  estimatedInputTokens: 0,
  origin: ORIGIN,
};

const encodeFor = (model: string, request: Partial<ChatRequest>) => {
  return geminiGenerateUpstream.encodeRequest({ messages: [], stream: false, ...request }, { ...OPTIONS, model });
};
const encode = (request: Partial<ChatRequest>) => encodeFor(OPTIONS.model, request);
const decode = (body: JsonObject) => {
  geminiGenerateDialect.readHead(body);
  return geminiGenerateDialect.decodeRequest(body);
};
const roundTrip = (body: JsonObject) => encode(decode(body));

const user = (...content: ContentPart[]): Message => ({ role: 'user', content });
const assistant = (...content: ContentPart[]): Message => ({ role: 'assistant', content });
const words = (text: string): ContentPart => ({ type: 'text', text });
const call = (id: string, name: string, more: object = {}): ContentPart => {
  return { type: 'tool-call', id, name, arguments: '{"a":1}', ...more };
};
const result = (callId: string, ...content: ContentPart[]): ContentPart => ({ type: 'tool-result', callId, content });
const PICTURE: ContentPart = {
  type: 'media',
  modality: 'image',
  source: { kind: 'inline', mediaType: 'image/png', base64: 'AA==' },
};

describe('a request of the vendor comes out as it went in', () => {
  const WHOLE: JsonObject = {
    systemInstruction: { parts: [{ text: 'be kind' }] },
    contents: [
      { role: 'user', parts: [{ text: 'see' }, { inlineData: { mimeType: 'image/png', data: 'AA==' } }] },
      {
        role: 'model',
        parts: [
          { text: 'Let me.' },
          {
            functionCall: { id: 'c1', name: 'f', args: { a: [1, 'x', null] } },
            thoughtSignature: 'skip_thought_signature_validator',
          },
        ],
      },
      {
        role: 'user',
        parts: [
          {
            functionResponse: {
              id: 'c1',
              name: 'f',
              response: { output: 'done' },
              parts: [{ inlineData: { mimeType: 'image/png', data: 'BB==' } }],
              willContinue: false,
            },
          },
          { text: 'go on' },
        ],
      },
      {
        role: 'user',
        parts: [{ fileData: { mimeType: 'video/mp4', fileUri: 'https://x/y' }, videoMetadata: { fps: 2 } }],
      },
    ],
    tools: [
      {
        functionDeclarations: [
          {
            name: 'f',
            description: 'F',
            parametersJsonSchema: { type: 'object', properties: { a: {} } },
            behavior: 'BLOCKING',
          },
        ],
      },
      { googleSearch: {} },
      { codeExecution: {} },
    ],
    toolConfig: {
      functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] },
      retrievalConfig: { languageCode: 'de' },
    },
    generationConfig: {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      candidateCount: 2,
      maxOutputTokens: 100,
      stopSequences: ['x'],
      seed: 7,
      responseLogprobs: true,
      logprobs: 3,
      responseMimeType: 'application/json',
      responseJsonSchema: { type: 'object', properties: { b: { type: 'string' } } },
      responseModalities: ['TEXT'],
      thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true },
      mediaResolution: 'MEDIA_RESOLUTION_LOW',
    },
    safetySettings: [{ category: 'HARM_CATEGORY_HATE_SPEECH', threshold: 'OFF' }],
    cachedContent: 'cachedContents/1',
    labels: { a: 'b' },
  };

  const merged = (body: JsonObject): JsonObject => {
    const contents = body['contents'] as { role: string; parts: JsonValue[] }[];
    const [first, second, third, fourth] = contents;
    const last = { role: 'user', parts: [...(third?.parts ?? []), ...(fourth?.parts ?? [])] };
    return { ...body, contents: [first, second, last] as unknown as JsonValue };
  };

  test('whole, in camel case', () => {
    expect(roundTrip(WHOLE)).toEqual({ body: merged(WHOLE), losses: [] });
  });

  test('whole, in snake case', () => {
    const snake = (value: JsonValue): JsonValue => {
      if (Array.isArray(value)) return value.map(snake);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [
          name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
          snake(member ?? null),
        ]),
      );
    };
    const { body } = roundTrip(snake(WHOLE) as JsonObject);
    expect(body['generationConfig']).toEqual(WHOLE['generationConfig']);
    expect((body['contents'] as JsonObject[])[0]).toEqual((WHOLE['contents'] as JsonObject[])[0]);
    expect(body['tools']).toEqual(WHOLE['tools']);
    expect(body['safetySettings']).toEqual(WHOLE['safetySettings']);
  });

  test('single elements where lists are expected, and no role', () => {
    const { messages } = decode({
      contents: { parts: { text: 'hi' } },
      system_instruction: { parts: { text: 'be kind' } },
    });
    expect(messages).toEqual([
      { role: 'system', content: [words('be kind')] },
      { role: 'user', content: [words('hi')] },
    ]);
  });

  test('what is meant for the router stays here', () => {
    const { body } = roundTrip({
      contents: [{ parts: [{ text: 'hi' }] }],
      model: 'x',
      tags: ['a'],
      routing_mode: 'auto',
    });
    expect(body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] });
  });
});

describe('decoding', () => {
  test('calls without ids are matched with their results by name and order', () => {
    const functionCall = (name: string) => ({ functionCall: { name, args: {} } });
    const functionResponse = (name: string, text: string) => ({
      functionResponse: { name, response: { result: text } },
    });
    const { messages } = decode({
      contents: [
        { role: 'model', parts: [functionCall('f'), functionCall('g'), functionCall('f')] },
        {
          role: 'function',
          parts: [functionResponse('g', '1'), functionResponse('f', '2'), functionResponse('f', '3')],
        },
      ],
    });
    const ids = messages[0]?.content.map((part) => part.type === 'tool-call' && part.id) ?? [];
    expect(new Set(ids).size).toBe(3);
    expect(messages[1]?.role).toBe('tool');
    const answered = messages[1]?.content.map((part) => part.type === 'tool-result' && [part.callId, part.content]);
    expect(answered).toEqual([
      [ids[1], [words('1')]],
      [ids[0], [words('2')]],
      [ids[2], [words('3')]],
    ]);
  });

  test('the same conversation has the same ids', () => {
    const body = { contents: [{ role: 'model', parts: [{ functionCall: { name: 'f' } }] }] };
    expect(decode(body)).toEqual(decode(body));
  });

  test('errors of tools, and results of any shape', () => {
    const of = (response: JsonObject) => {
      const [message] = decode({ contents: [{ parts: [{ functionResponse: { name: 'f', response } }] }] }).messages;
      return message?.content[0];
    };
    expect(of({ error: 'no' })).toMatchObject({ isError: true, content: [words('no')] });
    expect(of({ a: 1, b: [2] })).toMatchObject({ content: [words('{"a":1,"b":[2]}')] });
  });

  test('the pieces of a streamed answer are one message, and its thought has one seal', () => {
    const seal = Buffer.from(wrapSeal('anthropic-messages:x', 'S')).toString('base64');
    const { messages } = decode({
      contents: [
        { role: 'user', parts: [{ text: 'hi' }] },
        { role: 'model', parts: [{ text: 'Hm', thought: true }] },
        { role: 'model', parts: [{ text: '...', thought: true }] },
        { role: 'model', parts: [{ text: '', thought: true, thoughtSignature: seal }] },
        { role: 'model', parts: [{ text: 'Hel' }] },
        { role: 'model', parts: [{ text: 'lo' }, { functionCall: { name: 'f' } }] },
      ],
    });
    expect(messages).toHaveLength(2);
    expect(messages[1]?.content).toEqual([
      { type: 'reasoning', text: 'Hm...', signature: 'S', origin: 'anthropic-messages:x' },
      words('Hello'),
      { type: 'tool-call', id: 'call_0001', name: 'f', arguments: '{}' },
    ]);
  });

  test("schemas in the vendor's own form", () => {
    const request = decode({
      contents: [{ parts: [{ text: 'hi' }] }],
      tools: [
        {
          functionDeclarations: [{ name: 'f', parameters: { type: 'OBJECT', properties: { a: { type: 'STRING' } } } }],
        },
      ],
      generationConfig: { responseMimeType: 'application/json', responseSchema: { type: 'STRING', enum: ['a'] } },
    });
    expect(request.tools).toEqual([
      { kind: 'function', name: 'f', parameters: { type: 'object', properties: { a: { type: 'string' } } } },
    ]);
    expect(request.responseFormat).toMatchObject({ schema: { type: 'string', enum: ['a'] } });
  });

  test.each([
    [{ thinkingBudget: 0 }, { mode: 'off' }],
    [{ thinkingBudget: -1 }, { mode: 'adaptive' }],
    [
      { thinkingBudget: 512, includeThoughts: true },
      { budgetTokens: 512, isVisible: true },
    ],
    [{ thinkingLevel: 'HIGH' }, { effort: 'high' }],
  ])('%j', (thinkingConfig, reasoning) => {
    expect(decode({ contents: [{ parts: [{ text: 'hi' }] }], generationConfig: { thinkingConfig } }).reasoning).toEqual(
      reasoning,
    );
  });

  test('several functions that may be called leave the others out', () => {
    const { tools, toolChoice } = decode({
      contents: [{ parts: [{ text: 'hi' }] }],
      tools: [{ functionDeclarations: [{ name: 'f' }, { name: 'g' }, { name: 'h' }], googleSearch: {} }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['h', 'f'] } },
    });
    expect(toolChoice).toBe('required');
    expect(tools?.map((tool) => (tool.kind === 'function' ? tool.name : tool.kind))).toEqual(['f', 'h', 'foreign']);
  });

  test('needs are counted', () => {
    const { needs, model, stream } = geminiGenerateDialect.readHead({
      contents: [
        {
          parts: [
            { text: '12345' },
            { inlineData: { mimeType: 'image/png', data: 'AA==' } },
            { fileData: { mimeType: 'application/pdf', fileUri: 'x' } },
          ],
        },
      ],
      systemInstruction: { parts: [{ text: '123' }] },
      tools: [{ googleSearch: {} }],
      generationConfig: { maxOutputTokens: 9, responseMimeType: 'application/json', responseJsonSchema: {} },
    });
    expect([model, stream]).toEqual([undefined, false]);
    expect([...needs.abilities].sort()).toEqual(['document', 'image', 'json_schema', 'tools']);
    expect(needs.textLength).toBe(8 + '[{"googleSearch":{}}]'.length);
    expect(needs.maxOutputTokens).toBe(9);
  });

  test.each([
    [{}, 'contents'],
    [{ contents: [] }, 'contents'],
    [{ contents: ['x'] }, 'contents[0]'],
    [{ contents: [{ role: 'assistant' }] }, 'contents[0].role'],
    [{ contents: [{ parts: ['x'] }] }, 'contents[0].parts[0]'],
    [{ contents: [{ parts: [{ text: 1 }] }] }, 'contents[0].parts[0].text'],
    [{ contents: [{ parts: [{ inlineData: {} }] }] }, 'contents[0].parts[0].inlineData'],
    [{ contents: [{ parts: [{ functionCall: {} }] }] }, 'contents[0].parts[0].functionCall.name'],
    [{ contents: [{}], tools: [{ functionDeclarations: [{}] }] }, 'tools[0].functionDeclarations[0].name'],
    [{ contents: [{}], generationConfig: [] }, 'generationConfig'],
    [{ contents: [{}], generation_config: { temperature: 'hot' } }, 'generationConfig.temperature'],
    [{ contents: [{}], generationConfig: { stopSequences: 'x' } }, 'generationConfig.stopSequences'],
  ])('%j is refused at %s', (body, param) => {
    expect(() => geminiGenerateDialect.readHead(body as JsonObject)).toThrow(
      expect.objectContaining({ code: 'request.invalid', param }),
    );
  });

  test('whatever is accepted can be decoded and encoded', () => {
    const name = fc.constantFrom(
      ...[
        'contents',
        'parts',
        'role',
        'text',
        'functionCall',
        'function_response',
        'name',
        'args',
        'response',
        'inlineData',
        'data',
      ],
      ...[
        'generationConfig',
        'thinkingConfig',
        'tools',
        'functionDeclarations',
        'toolConfig',
        'functionCallingConfig',
        'mode',
        'x',
      ],
    );
    const value = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        fc.constantFrom<JsonValue>('user', 'model', 'ANY', '', 1, true, null),
        fc.dictionary(name, tie('value'), { maxKeys: 4 }),
        fc.array(tie('value'), { maxLength: 2 }),
      ),
    })).value;
    let accepted = 0;
    fc.assert(
      fc.property(fc.dictionary(name, value), fc.dictionary(name, value), (body, part) => {
        for (const tried of [body, { ...body, contents: [{ role: 'user', parts: [part] }] }] as JsonObject[]) {
          let request: ChatRequest;
          try {
            request = decode(tried);
          } catch (thrown) {
            expect(thrown).toMatchObject({ code: 'request.invalid', param: expect.any(String) });
            continue;
          }
          accepted += 1;
          expect(request.messages.length).toBeGreaterThan(0);
          expect(JSON.stringify(encode(request))).toBeTypeOf('string');
        }
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(20);
  });
});

describe('encoding conversations', () => {
  const contentsOf = (messages: Message[], model = OPTIONS.model) => encodeFor(model, { messages }).body['contents'];

  test('messages of one side are one turn, and system messages stand apart', () => {
    const { body, losses } = encode({
      messages: [
        { role: 'system', content: [words('be kind')] },
        user(words('a')),
        user(words('b'), words('')),
        assistant(words('c')),
        { role: 'system', content: [words('be brief')] },
      ],
    });
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: 'be kind' }] },
      contents: [
        { role: 'user', parts: [{ text: 'a' }, { text: 'b' }] },
        { role: 'model', parts: [{ text: 'c' }] },
        { role: 'user', parts: [{ text: 'be brief' }] },
      ],
    });
    expect(losses.map(({ field, severity }) => [field, severity])).toEqual([['messages.system', 'minor']]);
  });

  test('system messages alone are words of the user', () => {
    expect(contentsOf([{ role: 'system', content: [words('x')] }])).toEqual([{ role: 'user', parts: [{ text: 'x' }] }]);
  });

  test('results stand in the order of the calls, before everything else, one for each call', () => {
    const { body, losses } = encode({
      messages: [
        assistant(call('1', 'f'), call('2', 'g'), call('3', 'h')),
        user(words('and'), result('2', words('two'))),
        { role: 'tool', content: [result('1', words('{"one":1}'))] },
        { role: 'tool', content: [{ ...result('9', words('nine')), name: 'old' } as ContentPart] },
      ],
    });
    expect((body['contents'] as JsonObject[])[1]).toEqual({
      role: 'user',
      parts: [
        { functionResponse: { id: '1', name: 'f', response: { one: 1 } } },
        { functionResponse: { id: '2', name: 'g', response: { output: 'two' } } },
        { functionResponse: { id: '3', name: 'h', response: { error: 'There is no result.' } } },
        { text: 'Result of old: nine' },
        { text: 'and' },
      ],
    });
    expect(losses).toMatchObject([{ field: 'messages.tool_result', outcome: 'approximated' }]);
  });

  test.each([
    ['plain', { output: 'plain' }],
    ['{"a": 1}', { output: '{"a": 1}' }],
    ['{"id":12345678901234567890}', { output: '{"id":12345678901234567890}' }],
    ['{"$ref":"#/x"}', { output: '{"$ref":"#/x"}' }],
    ['[1]', { output: '[1]' }],
    ['{"a":1}', { a: 1 }],
  ])('what a tool says is never changed: %s', (said, response) => {
    const contents = contentsOf([assistant(call('1', 'f')), { role: 'tool', content: [result('1', words(said))] }]);
    expect(contents).toMatchObject([{}, { parts: [{ functionResponse: { response } }] }]);
  });

  test('errors and pictures of tools', () => {
    const messages = [
      assistant(call('1', 'f')),
      user({ type: 'tool-result', callId: '1', isError: true, content: [words('no'), PICTURE] }),
    ];
    const picture = { inlineData: { mimeType: 'image/png', data: 'AA==' } };
    expect(contentsOf(messages)).toMatchObject([
      {},
      { parts: [{ functionResponse: { name: 'f', response: { error: 'no' }, parts: [picture] } }] },
    ]);
    expect(contentsOf(messages, 'gemini-2.5-flash')).toMatchObject([
      {},
      { parts: [{ functionResponse: { response: { error: 'no' } } }, picture] },
    ]);
  });

  test('seals go back to their maker only, and the first call of a turn has one in any case', () => {
    const sealed = (origin?: string) => [
      user(words('hi')),
      assistant(
        { type: 'reasoning', text: 't', signature: 'R', ...(origin === undefined ? {} : { origin }) },
        call('1', 'f', { signature: 'S', ...(origin === undefined ? {} : { origin }) }),
        call('2', 'g'),
      ),
    ];
    const own = encode({ messages: sealed(ORIGIN) });
    expect(own.losses).toEqual([]);
    expect(own.body['contents']).toMatchObject([
      {},
      {
        parts: [
          { text: 't', thought: true, thoughtSignature: 'R' },
          { thoughtSignature: 'S' },
          { functionCall: { id: '2' } },
        ],
      },
    ]);
    for (const origin of ['gemini-generate:other', undefined]) {
      const { body, losses } = encode({ messages: sealed(origin) });
      expect(JSON.stringify(body)).not.toMatch(/"[RSt]"/);
      expect(losses.map(({ field }) => field)).toEqual(['messages.reasoning', 'messages.tool_calls.signature']);
      expect(body['contents']).toMatchObject([
        {},
        { parts: [{ thoughtSignature: 'skip_thought_signature_validator' }, {}] },
      ]);
      expect(JSON.stringify(encodeFor('gemini-2.5-pro', { messages: sealed(origin) }).body)).not.toContain('skip_');
    }
  });

  test('addresses get a media type, which the vendor insists on', () => {
    const at = (url: string, modality: 'image' | 'document' | 'video'): ContentPart => ({
      type: 'media',
      modality,
      source: { kind: 'url', url },
    });
    expect(
      contentsOf([
        user(at('https://x/a.PNG?b', 'image'), at('https://x/a', 'document'), at('https://youtu.be/x', 'video')),
      ]),
    ).toEqual([
      {
        role: 'user',
        parts: [
          { fileData: { mimeType: 'image/png', fileUri: 'https://x/a.PNG?b' } },
          { fileData: { mimeType: 'application/pdf', fileUri: 'https://x/a' } },
          { fileData: { fileUri: 'https://youtu.be/x' } },
        ],
      },
    ]);
  });

  test('arguments that are no object', () => {
    const of = (text: string) => contentsOf([assistant({ type: 'tool-call', id: '1', name: 'f', arguments: text })]);
    expect(of('')).toMatchObject([{ parts: [{ functionCall: { args: {} } }] }]);
    expect(of('[1]')).toMatchObject([{ parts: [{ functionCall: { args: { input: '[1]' } } }] }]);
    expect(of('{"a":'.repeat(5000))).toMatchObject([
      { parts: [{ functionCall: { args: { input: expect.any(String) } } }] },
    ]);
  });

  test('what has no place is told', () => {
    const { losses } = encode({
      messages: [
        {
          ...user(
            { type: 'foreign', protocol: 'openai-chat', value: { type: 'file' } },
            { type: 'text', text: 'x', cache: { ttl: '1h' } },
            { ...PICTURE, detail: 'low', filename: 'a.png' } as ContentPart,
          ),
          name: 'ann',
          extras: { 'openai-chat': { weight: 1 } },
        },
      ],
      tools: [{ kind: 'foreign', protocol: 'anthropic-messages', value: { type: 'bash_20250124' } }],
      user: 'u',
      parallelToolCalls: false,
      frequencyPenalty: 1,
      presencePenalty: 0,
      stop: ['1', '2', '3', '4', '5', '6'],
      extras: { 'openai-chat': { logit_bias: {} } },
    });
    expect(Object.fromEntries(losses.map(({ field, severity }) => [field, severity]))).toEqual({
      'messages.content': 'meaning',
      'messages.cache_control': 'minor',
      'messages.image_url.detail': 'minor',
      'messages.file.filename': 'minor',
      'messages.name': 'minor',
      'messages.weight': 'minor',
      'tools.bash_20250124': 'meaning',
      user: 'minor',
      parallel_tool_calls: 'minor',
      frequency_penalty: 'minor',
      stop: 'meaning',
      logit_bias: 'minor',
    });
  });
});

describe('encoding parameters', () => {
  const tools = [{ kind: 'function', name: 'f', parameters: { type: 'object' } }] as const;

  test.each([
    ['auto', { mode: 'AUTO' }],
    ['none', { mode: 'NONE' }],
    ['required', { mode: 'ANY' }],
    [{ name: 'f' }, { mode: 'ANY', allowedFunctionNames: ['f'] }],
  ] as const)('tool choice %j', (toolChoice, functionCallingConfig) => {
    expect(encode({ tools, toolChoice }).body['toolConfig']).toEqual({ functionCallingConfig });
    expect(encode({ toolChoice }).body['toolConfig']).toBeUndefined();
  });

  test('strict tools are checked', () => {
    const strict = [{ ...tools[0], strict: true }];
    for (const choice of [{}, { toolChoice: 'auto' }] as const) {
      expect(encode({ tools: strict, ...choice }).body['toolConfig']).toEqual({
        functionCallingConfig: { mode: 'VALIDATED' },
      });
    }
  });

  test('schemas lose what the vendor has no word for, and say so', () => {
    const format = (schema: JsonObject) => encode({ responseFormat: { type: 'json-schema', name: 'n', schema } });
    expect(format({ type: 'string', const: 'a' })).toEqual({
      body: {
        contents: [],
        generationConfig: { responseMimeType: 'application/json', responseJsonSchema: { type: 'string', enum: ['a'] } },
      },
      losses: [],
    });
    expect(format({ pattern: 'x' }).losses).toMatchObject([{ field: 'response_format', severity: 'minor' }]);
    expect(format({ not: {} }).losses).toMatchObject([
      { field: 'response_format', severity: 'meaning', outcome: 'approximated' },
    ]);
    const tool = { kind: 'function', name: 'f', parameters: { properties: { a: { pattern: 'x' } } } } as const;
    expect(encode({ tools: [tool] })).toMatchObject({
      body: {
        tools: [
          { functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object', properties: { a: {} } } }] },
        ],
      },
      losses: [{ field: 'tools.f.parameters', severity: 'minor' }],
    });
  });

  test('older models take no JSON beside tools', () => {
    const request = { tools, responseFormat: { type: 'json' } } as const;
    expect(encode(request).losses).toEqual([]);
    expect(encodeFor('gemini-2.5-flash', request).losses).toMatchObject([
      { field: 'response_format', severity: 'meaning' },
    ]);
  });

  test.each([
    ['gemini-2.5-flash', { effort: 'low' }, { thinkingBudget: 1024 }],
    ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }],
    ['gemini-2.5-flash', { mode: 'adaptive' }, { thinkingBudget: -1 }],
    ['gemini-2.5-pro', { mode: 'off' }, { thinkingBudget: 128 }],
    ['gemini-2.5-flash', { budgetTokens: 99_999, isVisible: true }, { thinkingBudget: 24_576, includeThoughts: true }],
    ['gemini-3-pro', { effort: 'high', isVisible: true }, { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['gemini-3-pro', { effort: 'max' }, { thinkingLevel: 'HIGH' }],
    ['gemini-3-pro', { effort: 'minimal' }, { thinkingLevel: 'LOW' }],
    ['gemini-3-flash-preview', { effort: 'none' }, { thinkingLevel: 'MINIMAL' }],
    ['gemini-3.7-flash', { mode: 'off', isVisible: true }, { thinkingLevel: 'LOW' }],
    ['gemini-3-pro', { budgetTokens: 2000 }, { thinkingBudget: 2000 }],
    ['gemini-3-pro', { mode: 'adaptive' }, undefined],
    ['gemini-2.0-flash', { effort: 'high' }, undefined],
  ] as const)('%s, %j', (model, reasoning, thinkingConfig) => {
    const { generationConfig } = encodeFor(model, { reasoning }).body as { generationConfig?: JsonObject };
    expect(generationConfig?.['thinkingConfig']).toEqual(thinkingConfig);
  });

  test('penalties only where they are taken', () => {
    expect(encodeFor('gemini-2.0-flash', { frequencyPenalty: 1 })).toEqual({
      body: { contents: [], generationConfig: { frequencyPenalty: 1 } },
      losses: [],
    });
  });

  test('defaults of the configuration', () => {
    const defaults = geminiGenerateUpstream.encodeDefaults(
      {
        temperature: 0.5,
        max_tokens: 9,
        stop: 'x',
        reasoning_effort: 'low',
        response_format: { type: 'json_object' },
        user: 'u',
        safetySettings: [],
        generationConfig: { mediaResolution: 'X' },
      },
      'model',
    );
    expect(defaults).toEqual({
      safetySettings: [],
      generationConfig: {
        temperature: 0.5,
        maxOutputTokens: 9,
        stopSequences: ['x'],
        thinkingConfig: { thinkingBudget: 1024 },
        responseMimeType: 'application/json',
        mediaResolution: 'X',
      },
    });
    expect(geminiGenerateUpstream.encodeDefaults({ user: 'u' }, 'model')).toEqual({});
  });

  test('tokens are counted', () => {
    const counter = geminiGenerateUpstream.tokenCounter;
    expect(counter?.encodeRequest({ contents: [] }, 'gemini-x')).toEqual({
      generateContentRequest: { model: 'models/gemini-x', contents: [] },
    });
    expect(counter?.decodeResponse({ totalTokens: 7 })).toBe(7);
    expect(() => counter?.decodeResponse({ totalTokens: 'x' })).toThrow(
      expect.objectContaining({ code: 'upstream.bad_response' }),
    );
  });
});

describe('seals that the router gave out', () => {
  const seal = (origin: string) => Buffer.from(wrapSeal(origin, 'S')).toString('base64');
  const isForeign = (plain: string) => plain.includes(Buffer.from('anthropic-messages:x').toString('base64url'));

  test('are taken out of what goes through', () => {
    const foreign = seal('anthropic-messages:x');
    const body = {
      contents: [
        { parts: [{ text: 'hi' }] },
        {
          role: 'model',
          parts: [
            { text: 't', thought: true, thoughtSignature: foreign },
            { functionCall: { name: 'f' }, thought_signature: foreign },
            { functionCall: { name: 'g' }, thoughtSignature: 'native' },
          ],
        },
      ],
    };
    expect(geminiGenerateDialect.withoutSeals?.(body, isForeign, true)).toEqual({
      contents: [
        { parts: [{ text: 'hi' }] },
        {
          role: 'model',
          parts: [
            { functionCall: { name: 'f' }, thoughtSignature: 'skip_thought_signature_validator' },
            { functionCall: { name: 'g' }, thoughtSignature: 'native' },
          ],
        },
      ],
    });
    expect(geminiGenerateDialect.withoutSeals?.(body, () => false, true)).toBe(body);
  });
});
