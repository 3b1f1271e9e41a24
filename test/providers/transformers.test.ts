import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ask, transportModel } from '../local-model/exchange.ts';
import { HELLO, openModels, textOf, WORDS } from '../local-model/stand-in-models.ts';

describe('answers', () => {
  test('a whole answer with its usage', async () => {
    const { transport, add } = openModels();
    add('small');
    const reply = await ask(transport, { model: 'small', messages: HELLO });
    expect([reply.status, reply.headers['content-type'], reply.outcome]).toEqual([200, 'application/json', 'end']);
    expect(reply.json()).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'small',
      choices: [{ index: 0, message: { role: 'assistant', content: 'One two three four.' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 4, completion_tokens: 5, total_tokens: 9 },
    });
  });

  test('a stream opens with the role, ends with reason, usage and end marker', async () => {
    const { transport, add } = openModels();
    add('small');
    const body = { model: 'small', messages: HELLO, stream: true };
    const reply = await ask(transport, { ...body, stream_options: { include_usage: true } });
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'text/event-stream']);
    const events = reply.events();
    expect(events[0].choices[0].delta).toEqual({ role: 'assistant', content: '' });
    expect(events.slice(1, 5).map((chunk) => chunk.choices[0].delta.content)).toEqual(WORDS);
    expect(events[5].choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' });
    expect(events[6]).toMatchObject({ choices: [], usage: { prompt_tokens: 4, completion_tokens: 5 } });
    expect(events.slice(7)).toEqual(['[DONE]']);
    expect(new Set(events.slice(0, 7).map((chunk) => chunk.id)).size).toBe(1);

    const plain = (await ask(transport, body)).events();
    expect([textOf(plain), plain.length]).toEqual(['One two three four.', 7]);
  });

  test('a limit, a stop text and the end of the context end an answer', async () => {
    const { transport, add } = openModels();
    add('endless', { isEndless: true, context: 14 });
    const finish = async (body: object): Promise<unknown[]> => {
      const reply = await ask(transport, { model: 'endless', messages: HELLO, ...body });
      const [choice] = reply.json().choices;
      return [choice.message.content, choice.finish_reason];
    };
    expect(await finish({ max_tokens: 2 })).toEqual(['One two ', 'length']);
    expect(await finish({ max_completion_tokens: 1, max_tokens: 3 })).toEqual(['One ', 'length']);
    expect(await finish({ stop: 'ee f' })).toEqual(['One two thr', 'stop']);
    expect(await finish({ stop: ['nowhere', 'two three'] })).toEqual(['One ', 'stop']);
    expect(await finish({})).toEqual(['One two three four.One two three four.One two ', 'length']);
  });

  test('parameters reach the library, and no temperature means the most likely token', async () => {
    const { transport, add, events } = openModels();
    add('small');
    const body = { model: 'small', messages: HELLO, repetition_penalty: 1.2 };
    await ask(transport, body);
    await ask(transport, { ...body, temperature: 0 });
    await ask(transport, { ...body, temperature: 0.5, top_k: 7, top_p: 0.9, max_tokens: 3 });
    const generations = events('small').filter(({ event }) => event === 'generates');
    expect(generations[0]).toMatchObject({ do_sample: false, repetition_penalty: 1.2 });
    expect(generations[1]).toMatchObject({ do_sample: false });
    expect(generations[2]).toMatchObject({ do_sample: true, temperature: 0.5, top_k: 7, maxTokens: 3 });
    expect(generations[2].logits_processor).toHaveLength(1);
  });

  test('the template of the model writes the prompt, else lines do', async () => {
    const { transport, add, events } = openModels();
    add('plain');
    add('templated', { hasTemplate: true });
    const messages = [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
    ];
    await ask(transport, { model: 'plain', messages });
    await ask(transport, { model: 'templated', messages });
    const promptOf = (name: string): string => events(name).find(({ event }) => event === 'generates').prompt;
    expect(promptOf('plain')).toBe('System: Be brief.\nUser: Hello\nAssistant:');
    expect(promptOf('templated')).toContain(
      '{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"}',
    );
  });

  test('texts are embedded, as numbers or as base 64', async () => {
    const { transport, add } = openModels();
    add('numbers');
    const options = { path: '/v1/embeddings' };
    const reply = await ask(transport, { model: 'numbers', input: ['a b', 'four'] }, options);
    expect(reply.json()).toEqual({
      object: 'list',
      model: 'numbers',
      data: [
        { object: 'embedding', index: 0, embedding: [3, 1] },
        { object: 'embedding', index: 1, embedding: [4, 1] },
      ],
      usage: { prompt_tokens: 3, total_tokens: 3 },
    });
    const packed = await ask(transport, { model: 'numbers', input: 'abc', encoding_format: 'base64' }, options);
    const bytes = Buffer.from(packed.json().data[0].embedding, 'base64');
    expect([bytes.readFloatLE(0), bytes.readFloatLE(4), bytes.length]).toEqual([3, 1, 8]);
    expect((await ask(transport, { model: 'numbers', input: [1, 2] }, options)).json().error.param).toBe('input');
  });
});

describe('requests that cannot be served', () => {
  test.each([
    [
      'messages[0].content[1]',
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }, { type: 'image_url' }] }] },
    ],
    ['messages', { messages: [] }],
    ['tools', { tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['response_format', { response_format: { type: 'json_object' } }],
    ['n', { n: 2 }],
    ['logprobs', { logprobs: true }],
    ['temperature', { temperature: 'hot' }],
    ['max_tokens', { max_tokens: 0 }],
    ['top_k', { top_k: 1.5 }],
    ['stop', { stop: Array.from({ length: 17 }, String) }],
    ['model', { model: '' }],
  ])('%s is named in the refusal', async (param, body) => {
    const { transport } = openModels();
    const reply = await ask(transport, { model: 'any', messages: HELLO, ...body });
    expect([reply.status, reply.outcome]).toEqual([400, 'end']);
    expect(reply.json().error).toMatchObject({ param, type: 'invalid_request_error', code: 'invalid_request' });
  });

  test('neutral values of the same fields are served', async () => {
    const { transport, add } = openModels();
    add('small');
    const neutral = { tools: [], n: 1, response_format: { type: 'text' }, logprobs: false, audio: null, seed: -3 };
    expect((await ask(transport, { model: 'small', messages: HELLO, ...neutral })).status).toBe(200);
  });

  test('a body that is no JSON object is refused', async () => {
    const { transport } = openModels();
    for (const body of ['', '[]', '{"model":']) expect((await ask(transport, body)).json().error.param).toBe('body');
  });

  test('a prompt that is longer than the context is refused, and the model goes on', async () => {
    const { transport, add, countOf } = openModels();
    add('small', { context: 5 });
    const messages = [{ role: 'user', content: 'far too many words for it' }];
    const reply = await ask(transport, { model: 'small', messages });
    expect([reply.status, reply.json().error.code]).toEqual([400, 'context_length_exceeded']);
    const model = transportModel('small', { contextWindow: 3 });
    expect((await ask(transport, { model: 'small', messages: HELLO }, { model })).status).toBe(400);
    expect((await ask(transport, { model: 'small', messages: HELLO })).status).toBe(200);
    expect(countOf('small', 'loaded')).toBe(1);
  });

  test('a model is asked for what it is there for', async () => {
    const { transport, add } = openModels();
    add('small');
    const embeds = transportModel('small', { config: { task: 'feature-extraction' } });
    const chat = await ask(transport, { model: 'small', messages: HELLO }, { model: embeds });
    expect([chat.status, chat.json().error.code]).toEqual([400, 'wrong_task']);
    const speaks = transportModel('small', { config: { task: 'text-to-speech' } });
    const speech = await ask(transport, { model: 'small', messages: HELLO }, { model: speaks });
    expect(speech.json().error.message).toContain('"text-to-speech"');
  });
});

describe('what is not there', () => {
  test('a missing package is named, with the command that installs it, and nothing else breaks', async () => {
    const { transport, add, folder, notices } = openModels('@huggingface/not-installed');
    add('small');
    for (const stream of [false, true]) {
      const reply = await ask(transport, { model: 'small', messages: HELLO, stream });
      expect([reply.status, reply.outcome]).toEqual([503, 'end']);
      expect(reply.json().error).toMatchObject({ type: 'server_error', code: 'local_model_unavailable' });
      expect(reply.json().error.message).toContain('npm install @huggingface/not-installed');
      expect(reply.json().error.message).not.toContain(folder('small'));
    }
    expect(notices).toHaveLength(2);
  });

  test('another version of the package is refused', async () => {
    const { transport, add, notices } = openModels('data:text/javascript,export const env = {}');
    add('small');
    const reply = await ask(transport, { model: 'small', messages: HELLO });
    expect([reply.status, reply.json().error.code]).toEqual([503, 'local_model_unavailable']);
    expect(notices[0]).toContain('it lacks AutoTokenizer');
  });

  test('a missing folder is named without its path, which is for the log', async () => {
    const { transport, dataDir, notices } = openModels();
    const reply = await ask(transport, { model: 'org/absent', messages: HELLO });
    expect([reply.status, reply.json().error.code]).toEqual([404, 'local_model_not_found']);
    expect(reply.json().error.message).toContain('"org/absent"');
    expect(reply.chunks.join('')).not.toContain(dataDir);
    expect(notices).toEqual([expect.stringContaining(join(dataDir, 'models', 'org/absent'))]);
  });

  test('no name leads out of the models folder', async () => {
    const { transport, dataDir, add } = openModels();
    add('inside');
    for (const file of ['config.json', 'tokenizer.json', 'onnx/model.onnx']) {
      mkdirSync(join(dataDir, 'onnx'), { recursive: true });
      writeFileSync(join(dataDir, file), '{"words":["out"]}');
    }
    const parts = fc.constantFrom('..', '.', '', 'inside', '../..', dataDir, '~', '\\..', '%2e%2e');
    await fc.assert(
      fc.asyncProperty(fc.array(parts, { minLength: 1, maxLength: 4 }), async (segments) => {
        const name = segments.join('/');
        fc.pre(name !== '' && !join('/', name).endsWith('/inside') && !join('/', name).endsWith('/inside/'));
        const reply = await ask(transport, { model: name, messages: HELLO });
        expect(reply.status).toBe(404);
      }),
    );
    const path = transportModel('a', { localPath: '../' });
    expect((await ask(transport, { model: 'a', messages: HELLO }, { model: path })).status).toBe(404);
  });

  test.each([
    ['tokenizer.json', ['onnx/model.onnx'], {}],
    ['onnx/model.onnx or onnx/model_fp16.onnx', ['tokenizer.json'], {}],
    ['onnx/model_fp16.onnx', ['tokenizer.json', 'onnx/model.onnx'], { torch_dtype: 'torch.float16' }],
    ['onnx/model_q9.onnx', ['tokenizer.json', 'onnx/model.onnx'], { torch_dtype: 'q9' }],
  ])('a folder without %s says so', async (file, files, config) => {
    const { transport, add, folder } = openModels();
    add('broken', {}, files);
    const model = transportModel('broken', { config });
    const reply = await ask(transport, { model: 'broken', messages: HELLO }, { model });
    expect([reply.status, reply.json().error.code]).toEqual([404, 'local_model_not_found']);
    expect(reply.json().error.message).toContain(file);
    expect(reply.chunks.join('')).not.toContain(folder('broken'));
  });

  test('what the library says goes to the log, and a folder that was put right is loaded', async () => {
    const { transport, add, notices, folder } = openModels();
    add('broken', { failsToLoad: true });
    const reply = await ask(transport, { model: 'broken', messages: HELLO });
    expect([reply.status, reply.json().error.code]).toEqual([503, 'local_model_unavailable']);
    expect(reply.chunks.join('')).not.toContain(folder('broken'));
    expect(notices.join()).toContain(`${folder('broken')} is no model`);
    add('broken');
    expect((await ask(transport, { model: 'broken', messages: HELLO })).status).toBe(200);
  });

  test('a generation that fails is told in a whole answer and in a stream', async () => {
    const { transport, add } = openModels();
    add('broken', { failsToGenerate: true });
    const whole = await ask(transport, { model: 'broken', messages: HELLO });
    expect([whole.status, whole.json().error.code]).toEqual([500, 'local_model_failed']);
    const stream = await ask(transport, { model: 'broken', messages: HELLO, stream: true });
    expect(stream.events().at(-1).error.code).toBe('local_model_failed');
    expect(stream.outcome).toBe('end');
  });
});

describe('which folder and how it is loaded', () => {
  test('the weights that are there, from nowhere else', async () => {
    const { transport, add, events } = openModels();
    add('exact', {}, ['tokenizer.json', 'onnx/model_q4.onnx', 'onnx/model.onnx']);
    add('packed', {}, ['tokenizer.json', 'onnx/model_q4.onnx']);
    await ask(transport, { model: 'exact', messages: HELLO });
    await ask(transport, { model: 'packed', messages: HELLO });
    const model = transportModel('exact', { config: { torch_dtype: 'q4', device_map: 'cuda' } });
    await ask(transport, { model: 'exact', messages: HELLO }, { model });
    const loads = [...events('exact'), ...events('packed')].filter(({ event }) => event === 'loaded');
    const usual = { local_files_only: true, env: false };
    expect(loads).toEqual([
      { event: 'loaded', dtype: 'fp32', device: 'cpu', ...usual },
      { event: 'loaded', dtype: 'q4', device: 'cuda', ...usual },
      { event: 'loaded', dtype: 'q4', device: 'cpu', ...usual },
    ]);
  });

  test('local_path beats the name, unless the request names another model', async () => {
    const { transport, add, folder, countOf } = openModels();
    add('other');
    add('deep/one');
    for (const localPath of [folder('deep/one'), 'deep/one']) {
      const model = transportModel('friendly', { localPath });
      expect((await ask(transport, { model: 'friendly', messages: HELLO }, { model })).status).toBe(200);
      expect((await ask(transport, { model: 'other', messages: HELLO }, { model })).status).toBe(200);
    }
    expect([countOf('deep/one', 'generated'), countOf('other', 'generated')]).toEqual([2, 2]);
  });

  test('repo_id names a folder where the name has none, and models_dir another place', async () => {
    const { transport, add, dataDir } = openModels();
    add('org/model');
    const repository = transportModel('friendly', { config: { repo_id: 'org/model', device_map: 'auto' } });
    expect((await ask(transport, { model: 'friendly', messages: HELLO }, { model: repository })).status).toBe(200);
    const elsewhere = transportModel('model', { settings: { models_dir: join(dataDir, 'models', 'org') } });
    expect((await ask(transport, { model: 'model', messages: HELLO }, { model: elsewhere })).status).toBe(200);
  });
});
