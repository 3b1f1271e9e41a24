import { type Content, GoogleGenAI } from '@google/genai';
import { afterEach, describe, expect, test } from 'vitest';
import { embeddingOf } from '../support/vendors/embedding.ts';
import { startGeminiVendor } from '../support/vendors/gemini-generate.ts';
import { eventsOf, type Probe, post } from '../support/vendors/probe.ts';
import { CALLS, PNG, WORDS } from '../support/vendors/samples.ts';
import { dialog, type Script, says } from '../support/vendors/script.ts';
import { VENDOR_KEY, type Vendor } from '../support/vendors/vendor-server.ts';

let vendor: Vendor;

async function start(script: Script): Promise<GoogleGenAI> {
  vendor = await startGeminiVendor({ script });
  return new GoogleGenAI({ apiKey: VENDOR_KEY, httpOptions: { baseUrl: vendor.url } });
}

afterEach(() => vendor.close());

const KEY = { 'x-goog-api-key': VENDOR_KEY };
const MODEL = 'gemini-3-flash-preview';
const HELLO = { role: 'user', parts: [{ text: 'Hello' }] };
const PARAMETERS = { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] };
const TOOLS = [{ functionDeclarations: [{ name: 'weather', parameters: PARAMETERS }] }];

const generate = (body: object, model = MODEL): Promise<Probe> =>
  post(vendor, `/v1beta/models/${model}:generateContent`, { contents: [HELLO], ...body }, KEY);

describe('answers, as the official SDK reads them', () => {
  test('words and usage, whole and streamed', async () => {
    const client = await start(dialog(WORDS, { ...WORDS, pieces: { codePoints: 2, writeBytes: 3 } }));
    const request = { model: MODEL, contents: 'Hello' };
    const whole = await client.models.generateContent(request);
    let text = '';
    let last = whole;
    for await (const chunk of await client.models.generateContentStream(request)) {
      text += chunk.text ?? '';
      last = chunk;
    }
    expect([whole.text, text]).toEqual([WORDS.text, WORDS.text]);
    for (const { usageMetadata, candidates } of [whole, last]) {
      expect(candidates?.[0]?.finishReason).toBe('STOP');
      expect(usageMetadata).toMatchObject({
        promptTokenCount: 327,
        cachedContentTokenCount: 300,
        candidatesTokenCount: 39,
        thoughtsTokenCount: 11,
        totalTokenCount: 377,
      });
    }
    expect(vendor.rejected).toEqual([]);
  });

  test('thoughts where they are asked for, and calls of which the first is signed', async () => {
    const client = await start(() => CALLS);
    const config = {
      tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: { type: 'object' } }] }],
    };
    const silent = await client.models.generateContent({ model: MODEL, contents: 'Hello', config });
    expect(silent.candidates?.[0]?.content?.parts?.some(({ thought }) => thought === true)).toBe(false);
    const thinkingConfig = { includeThoughts: true };
    const { candidates } = await client.models.generateContent({
      model: MODEL,
      contents: 'Hello',
      config: { ...config, thinkingConfig },
    });
    const parts = candidates?.[0]?.content?.parts ?? [];
    expect(parts[0]).toEqual({ text: CALLS.reasoning?.text, thought: true });
    expect(parts.map(({ thoughtSignature }) => thoughtSignature !== undefined)).toEqual([false, false, true, false]);
    expect(parts[3]?.functionCall).toMatchObject({ name: 'weather', args: { city: 'Oslo' } });
    const raw = await generate({ tools: TOOLS });
    expect(raw.text).toContain('"args":{"city":"Zürich","id":12345678901234567890}');
  });

  test('a filter, a limit and grounding', async () => {
    const citations = [{ start: 2, end: 6, url: 'https://a.example', title: 'A' }];
    const client = await start(
      dialog(
        { ...says(''), finish: 'content-filter' },
        { ...WORDS, finish: 'length' },
        { ...says('ü here'), citations },
      ),
    );
    const ask = () => client.models.generateContent({ model: MODEL, contents: 'Hello' });
    expect((await ask()).candidates?.[0]).toEqual({ finishReason: 'SAFETY', index: 0 });
    expect((await ask()).candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
    const segment = (await ask()).candidates?.[0]?.groundingMetadata?.groundingSupports?.[0]?.segment;
    expect(segment).toEqual({ startIndex: 3, endIndex: 7, text: 'here' });
  });

  test('counted tokens and embeddings', async () => {
    const client = await start(() => WORDS);
    expect((await client.models.countTokens({ model: MODEL, contents: 'Hello' })).totalTokens).toBeGreaterThan(1);
    const { embeddings } = await client.models.embedContent({
      model: 'gemini-embedding-001',
      contents: ['one', 'two'],
    });
    expect(embeddings?.map(({ values }) => values)).toEqual([embeddingOf('one', 8), embeddingOf('two', 8)]);
    const single = await post(
      vendor,
      '/v1beta/models/gemini-embedding-001:embedContent',
      { content: HELLO, outputDimensionality: 3 },
      KEY,
    );
    expect(single.body.embedding.values).toEqual(embeddingOf('Hello', 3));
  });

  test('a stream without server-sent events is one JSON array', async () => {
    await start(() => WORDS);
    const path = `/v1beta/models/${MODEL}:streamGenerateContent`;
    const { body } = await post(vendor, path, { contents: [HELLO] }, KEY);
    // biome-ignore lint/suspicious/noExplicitAny: a chunk of the wire
    expect(body.map((chunk: any) => chunk.candidates[0].content.parts[0].text).join('')).toBe(WORDS.text);
  });

  test('errors before and inside of the stream', async () => {
    const error = { status: 429, type: 'RESOURCE_EXHAUSTED', message: 'Quota.', retryAfterSeconds: 7 };
    await start(dialog({ ...WORDS, error }, { ...WORDS, error, errorAfterPieces: 1 }));
    const whole = await generate({});
    expect(whole).toMatchObject({
      status: 429,
      body: { error: { status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '7s' }] } },
    });
    const path = `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`;
    const events = eventsOf((await post(vendor, path, { contents: [HELLO] }, KEY)).text);
    expect(events.map((event) => Object.keys(event)[0])).toEqual(['candidates', 'error']);
  });
});

describe('thought signatures', () => {
  // biome-ignore lint/suspicious/noExplicitAny: parts are changed in ways that no type allows
  type Parts = any[];
  const signed = (parts: Parts, thoughtSignature: string | undefined) =>
    parts.map((part) => (part.thoughtSignature ? { ...part, thoughtSignature } : part));
  const cases: readonly (readonly [string, (parts: Parts) => Parts, string | undefined])[] = [
    ['come back', (parts) => parts, undefined],
    [
      'get lost',
      (parts) => signed(parts, undefined),
      'Function call is missing a thought_signature in functionCall parts.',
    ],
    ['are made up', (parts) => signed(parts, 'Zm9yZ2Vk'), 'Corrupted thought signature.'],
    ['are stood in for', (parts) => signed(parts, 'skip_thought_signature_validator'), undefined],
  ];

  const answersTo = (parts: Parts) => ({
    role: 'user',
    parts: parts.flatMap(({ functionCall: call }) =>
      call ? [{ functionResponse: { id: call.id, name: call.name, response: { sky: 'blue' } } }] : [],
    ),
  });

  test.each(cases)('%s', async (_name, change, words) => {
    await start(dialog(CALLS, says('Sunny.')));
    const { content } = (await generate({ tools: TOOLS })).body.candidates[0];
    const contents = [HELLO, { role: 'model', parts: change(content.parts) }, answersTo(content.parts)];
    const { status, body } = await generate({ contents, tools: TOOLS });
    expect(status).toBe(words === undefined ? 200 : 400);
    if (words !== undefined) expect(body.error.message).toContain(words);
  });

  test('are asked of the turn that goes on only, and not of older models', async () => {
    await start(() => says('Sunny.'));
    const parts = [{ functionCall: { name: 'weather', args: {} } }];
    const past = [HELLO, { role: 'model', parts }, answersTo(parts)];
    expect((await generate({ contents: [...past, HELLO] })).status).toBe(200);
    expect((await generate({ contents: past }, 'gemini-2.5-flash')).status).toBe(200);
    expect((await generate({ contents: past })).status).toBe(400);
  });

  test('come back through the SDK', async () => {
    const client = await start(dialog(CALLS, says('Sunny.')));
    const chat = client.chats.create({ model: MODEL, config: { tools: TOOLS as never } });
    const { functionCalls } = await chat.sendMessage({ message: 'Hello' });
    const message = (functionCalls ?? []).map(({ id = '', name = '' }) => ({
      functionResponse: { id, name, response: {} },
    }));
    expect((await chat.sendMessage({ message: message as Content['parts'] & object })).text).toBe('Sunny.');
    expect(vendor.rejected).toEqual([]);
  });
});

const schema = (members: object) => ({
  tools: [{ functionDeclarations: [{ name: 'weather', parameters: { ...PARAMETERS, ...members } }] }],
});
const city = (members: object) => schema({ properties: { city: members } });
const tool = (members: object) => ({ tools: [{ functionDeclarations: [{ name: 'weather', ...members }] }] });
const config = (generationConfig: object) => ({ generationConfig });
const part = (...parts: object[]) => ({ contents: [{ role: 'user', parts }] });
const call = {
  role: 'model',
  parts: [{ functionCall: { name: 'weather', args: {} }, thoughtSignature: 'skip_thought_signature_validator' }],
};
const response = (name: string, id?: string) => ({
  role: 'user',
  parts: [{ functionResponse: { id, name, response: {} } }],
});
const inline = (mimeType: string, data: string) => part({ inlineData: { mimeType, data } });

const REFUSED: readonly (readonly [string, object, string])[] = [
  ['unknown member', { messages: [] }, 'Unknown name "messages": Cannot find field.'],
  [
    'unknown member inside',
    config({ max_tokens: 5 }),
    'Unknown name "max_tokens" at \'generation_config\': Cannot find field.',
  ],
  ['no contents', { contents: [] }, '* GenerateContentRequest.contents: contents is not specified'],
  [
    'unknown role',
    { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] },
    'Please use a valid role: user, model.',
  ],
  ['no parts', { contents: [{ role: 'user', parts: [] }] }, 'contents[0].parts: contents.parts must not be empty.'],
  ['empty part', part({}), "required oneof field 'data' must have one initialized field"],
  [
    'two things in a part',
    part({ text: 'x', inlineData: { mimeType: 'image/png', data: PNG } }),
    "oneof field 'data' is already set",
  ],
  [
    'model alone',
    { contents: [{ role: 'model', parts: [{ text: 'x' }] }] },
    'single turn requests end with a user role',
  ],
  ['number for text', part({ text: 5 }), "Invalid value at 'contents[0].parts[0].text' (TYPE_STRING), 5"],
  [
    'call behind words of the model',
    { contents: [HELLO, { role: 'model', parts: [{ text: 'x' }] }, call, response('weather')] },
    'function call turn comes immediately after a user turn',
  ],
  [
    'call without a response',
    { contents: [HELLO, call, HELLO] },
    'function response turn comes immediately after a function call turn',
  ],
  [
    'response without a call',
    { contents: [HELLO, response('weather')] },
    'function response turn comes immediately after a function call turn',
  ],
  [
    'one response for two calls',
    { contents: [HELLO, { ...call, parts: [...call.parts, ...call.parts] }, response('weather')] },
    'number of function response parts is equal',
  ],
  ['response of another name', { contents: [HELLO, call, response('time')] }, 'no function call with the name "time"'],
  [
    'response without a name',
    { contents: [HELLO, call, response('')] },
    'function_response.name: Name cannot be empty.',
  ],
  [
    'response that is text',
    { contents: [HELLO, call, { role: 'user', parts: [{ functionResponse: { name: 'weather', response: 'x' } }] }] },
    'function_response.response',
  ],
  ['tool name', tool({ name: '1st' }), 'Invalid function name.'],
  ['tool name twice', { tools: [TOOLS[0], TOOLS[0]] }, 'Duplicate function declaration found: weather'],
  ['two schemas', tool({ parameters: PARAMETERS, parametersJsonSchema: {} }), 'mutually exclusive'],
  ...['$schema', 'additionalProperties', '$ref', '$defs', 'oneOf', 'allOf', 'patternProperties', 'strict'].map(
    (keyword) =>
      [
        `schema with ${keyword}`,
        schema({ [keyword]: {} }),
        `Unknown name "${keyword}" at 'tools[0].function_declarations[0].parameters'`,
      ] as const,
  ),
  ...['const', 'exclusiveMinimum', 'multipleOf', 'uniqueItems', 'examples'].map(
    (keyword) =>
      [`schema with ${keyword} inside`, city({ type: 'STRING', [keyword]: 1 }), `Unknown name "${keyword}"`] as const,
  ),
  ['list of types', city({ type: ['STRING', 'NULL'] }), 'Proto field is not repeating, cannot start list.'],
  ['required that is not there', schema({ required: ['town'] }), 'parameters.required[0]: property is not defined'],
  ['array without items', city({ type: 'ARRAY' }), 'parameters.properties[city].items: missing field.'],
  ['object without properties', schema({ properties: {}, required: [] }), 'should be non-empty for OBJECT type'],
  ['numbers to choose from', city({ type: 'INTEGER', enum: ['1'] }), 'only allowed for STRING type'],
  ['numbers in a list of texts', city({ type: 'STRING', enum: [1] }), 'TYPE_STRING'],
  ['unknown format', city({ type: 'STRING', format: 'uuid' }), "only 'enum' and 'date-time' are supported"],
  [
    'the same in the answer',
    config({ responseMimeType: 'application/json', responseSchema: { type: 'OBJECT', additionalProperties: false } }),
    'Unknown name "additionalProperties" at \'generation_config.response_schema\'',
  ],
  ['schema without JSON', config({ responseSchema: PARAMETERS }), 'only allowed when response_mime_type'],
  [
    'both schemas of the answer',
    config({ responseMimeType: 'application/json', responseSchema: PARAMETERS, responseJsonSchema: {} }),
    'mutually exclusive',
  ],
  ['unknown type of answer', config({ responseMimeType: 'text/html' }), 'allowed mimetypes are'],
  [
    'choice without tools',
    { toolConfig: { functionCallingConfig: { mode: 'ANY' } } },
    'set without function_declarations',
  ],
  [
    'allowed names in the wrong mode',
    { tools: TOOLS, toolConfig: { functionCallingConfig: { mode: 'AUTO', allowedFunctionNames: ['weather'] } } },
    'allowed only when mode is ANY',
  ],
  [
    'allowed name that is unknown',
    { tools: TOOLS, toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['x'] } } },
    '"x" is not declared',
  ],
  ['too hot', config({ temperature: 3 }), 'temperature must be in the range [0.0, 2.0]'],
  ['many candidates', config({ candidateCount: 2 }), 'Multiple candidates is not enabled'],
  ['six stops', config({ stopSequences: ['a', 'b', 'c', 'd', 'e', 'f'] }), 'at most 5 stop sequences'],
  [
    'budget and level',
    config({ thinkingConfig: { thinkingBudget: 5, thinkingLevel: 'LOW' } }),
    'only one of thinking budget and thinking level',
  ],
  ['large budget', config({ thinkingConfig: { thinkingBudget: 99_999 } }), 'The thinking budget 99999 is invalid'],
  ['data that is no base64', inline('image/png', '%%%'), 'Base64 decoding failed'],
  ['unknown kind of data', inline('application/zip', PNG), 'Unsupported MIME type: application/zip'],
];

describe('refusals', () => {
  test.each(REFUSED)('%s', async (_name, body, words) => {
    await start(() => WORDS);
    const answer = await generate(body);
    expect(answer.body).toMatchObject({
      error: { code: 400, status: 'INVALID_ARGUMENT', message: expect.stringContaining(words) },
    });
    expect(answer.status).toBe(400);
    expect(vendor.rejected.length).toBe(1);
  });

  test('what older models do not take', async () => {
    await start(() => WORDS);
    const level = await generate(config({ thinkingConfig: { thinkingLevel: 'LOW' } }), 'gemini-2.5-flash');
    expect(level.body.error.message).toBe('Thinking level is not supported for this model.');
    const json = await generate(
      { tools: TOOLS, ...config({ responseMimeType: 'application/json' }) },
      'gemini-2.5-flash',
    );
    expect(json.body.error.message).toContain('is unsupported');
  });

  test('what is next to those is taken', async () => {
    await start(() => WORDS);
    const anything = { $schema: 'x', type: 'object', additionalProperties: false, $defs: {} };
    const accepted = [
      {
        contents: [HELLO, call, response('weather', 'x'), HELLO],
        ...tool({ name: 'a.b:c-d', parametersJsonSchema: anything }),
      },
      {
        ...inline('image/png', PNG),
        ...config({ responseMimeType: 'application/json', responseJsonSchema: anything }),
      },
      { system_instruction: { parts: [{ text: 'x' }] }, generation_config: { max_output_tokens: 5, topK: null } },
      schema({ properties: { city: { type: 'string', format: 'date-time', nullable: true, minLength: '1' } } }),
    ];
    for (const body of accepted) expect((await generate(body)).text).not.toContain('"error"');
    expect(vendor.rejected).toEqual([]);
  });

  test('keys, models, and members that counting does not take', async () => {
    await start(() => WORDS);
    const path = `/v1beta/models/${MODEL}:generateContent`;
    const body = { contents: [HELLO] };
    expect(await post(vendor, path, body)).toMatchObject({
      status: 403,
      body: { error: { status: 'PERMISSION_DENIED' } },
    });
    expect(await post(vendor, path, body, { 'x-goog-api-key': 'x' })).toMatchObject({
      status: 400,
      body: { error: { details: [{ reason: 'API_KEY_INVALID' }] } },
    });
    expect((await post(vendor, `${path}?key=${VENDOR_KEY}`, body)).status).toBe(200);
    expect(await generate({}, 'gemini-0')).toMatchObject({ status: 404, body: { error: { status: 'NOT_FOUND' } } });
    const counted = await post(
      vendor,
      `/v1beta/models/${MODEL}:countTokens`,
      { ...body, systemInstruction: HELLO },
      KEY,
    );
    expect(counted.body.error.message).toContain('Unknown name "systemInstruction"');
    const batch = await post(
      vendor,
      '/v1beta/models/gemini-embedding-001:batchEmbedContents',
      { requests: [{ content: HELLO }] },
      KEY,
    );
    expect(batch.body.error.message).toContain('model is required');
  });
});
