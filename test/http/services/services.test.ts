import { once } from 'node:events';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startRouter, type TestRouter } from '../../support/start-router.ts';
import { answerJson, readForm, ServiceProvider } from './service-provider.ts';

let provider: ServiceProvider;
let spare: ServiceProvider;
let router: TestRouter;
let client: OpenAI;

beforeAll(async () => {
  provider = await ServiceProvider.start();
  spare = await ServiceProvider.start();
  router = await startRouter(`
[retry]
max_attempts = 1

[[api_keys]]
key = "right-key"
name = "tests"

[[providers]]
name = "main"
type = "openai-compatible"
base_url = "${provider.url}/v1"
api_key = "upstream-key"

[[providers]]
name = "spare"
type = "openai-compatible"
base_url = "${spare.url}/v1"

[[providers]]
name = "native"
type = "claude"
base_url = "${spare.url}"
api_key = "k"

[[models]]
name = "all"
provider = "main"
remote_identifier = "all-2026"
tags = ["studio"]
capabilities = { moderation = true, image_generation = true, speech = true, transcription = true, rerank = true }
price = { input = 1000000.0, output = 2000000.0 }
config = { priority = 5 }

[[models]]
name = "second"
provider = "spare"
tags = ["studio"]
capabilities = { speech = true, transcription = true, rerank = true }
default_params = { language = "de" }

[[models]]
name = "chatty"
provider = "main"
tags = ["chat"]

[[models]]
name = "drawer"
provider = "native"
capabilities = { image_generation = true }

[[providers]]
name = "floats"
type = "qwen"
base_url = "${provider.url}/v1"
api_key = "k"

[[models]]
name = "vectors"
provider = "floats"
tags = ["embedding"]
default_params = { dimensions = 2 }

[[providers]]
name = "local"
type = "ollama"
base_url = "${spare.url}"

[[models]]
name = "nomic"
provider = "local"
tags = ["embedding"]
config = { priority = -1 }

[[models]]
name = "slow"
provider = "main"
tags = ["tts"]
rate_limit = { max_requests = 1, per_seconds = 3600, max_wait_ms = 0 }
`);
  client = new OpenAI({ baseURL: `${router.url}/v1`, apiKey: 'right-key', maxRetries: 0 });
});

afterAll(async () => {
  await router.stop();
  await provider.stop();
  await spare.stop();
});

beforeEach(() => {
  provider.requests.length = 0;
  spare.requests.length = 0;
});

const KEY = { authorization: 'Bearer right-key' };
const AUDIO = Buffer.from(Array.from({ length: 4096 }, (_, index) => index % 256));

describe('JSON in, JSON out', () => {
  test('moderations', async () => {
    provider.respond = (_request, response) =>
      answerJson(response, { id: 'modr-1', model: 'm', results: [{ flagged: true, extra: [1] }] });
    const answer = await client.moderations.create({ model: 'main/all', input: ['one', 'two'] });
    expect(answer.results[0]).toEqual({ flagged: true, extra: [1] });
    expect(provider.last.path).toBe('/v1/moderations');
    expect(provider.last.headers.authorization).toBe('Bearer upstream-key');
    expect(provider.last.json).toEqual({ model: 'all-2026', input: ['one', 'two'] });
  });

  test('images, with usage and cost in the record', async () => {
    provider.respond = (_request, response) =>
      answerJson(response, {
        created: 1,
        data: [{ b64_json: 'AAAA' }],
        usage: { input_tokens: 3, output_tokens: 4, total_tokens: 7 },
      });
    const { data: answer, response } = await client.images
      .generate({ model: 'all', prompt: 'a cat', size: '1024x1024' })
      .withResponse();
    expect(answer.data?.[0]?.b64_json).toBe('AAAA');
    expect(provider.last.path).toBe('/v1/images/generations');
    expect(response.headers.get('x-router-cost-usd')).toBe('11');
    expect(await lastRecord()).toMatchObject({ prompt_tokens: 3, completion_tokens: 4, cost: 11 });
  });

  test('rerank: the query is the service’s, not the router’s', async () => {
    provider.respond = (_request, response) =>
      answerJson(response, { results: [{ index: 1, relevance_score: 0.9 }], usage: { total_tokens: 12 } });
    const body = { model: 'all', query: 'blue', documents: ['a', { text: 'b' }], top_n: 1, tags: ['studio'] };
    for (const path of ['/v1/rerank', '/v2/rerank', '/models/main/all/v1/rerank', '/main/v1/rerank']) {
      const { status, body: answer } = await router.post(path, body, KEY);
      expect([status, answer.results]).toEqual([200, [{ index: 1, relevance_score: 0.9 }]]);
      expect(provider.last.path).toBe('/v1/rerank');
      expect(provider.last.json).toEqual({
        model: 'all-2026',
        query: 'blue',
        documents: ['a', { text: 'b' }],
        top_n: 1,
      });
    }
    expect(await lastRecord()).toMatchObject({ prompt_tokens: 12, endpoint: '/{provider}/v1/rerank' });
  });

  test('an error inside an answer with status 200 is one', async () => {
    provider.respond = (_request, response) => answerJson(response, { error: { message: 'out of paint' } });
    await expect(client.images.generate({ model: 'all', prompt: 'x' })).rejects.toMatchObject({ status: 502 });
  });

  test('an error keeps the provider’s words', async () => {
    provider.respond = (_request, response) => answerJson(response, { message: 'documents are too long' }, 400);
    const { status, body } = await router.post('/v2/rerank', { model: 'all', query: 'q', documents: ['d'] }, KEY);
    expect([status, body.message]).toEqual([400, 'documents are too long']);
  });
});

describe('pictures, streamed', () => {
  const event = (value: Record<string, unknown>) => `event: ${value['type']}\ndata: ${JSON.stringify(value)}\n\n`;
  const partial = event({ type: 'image_generation.partial_image', b64_json: 'AA', partial_image_index: 0 });

  test('previews and the last one', async () => {
    const usage = { input_tokens: 1, output_tokens: 2 };
    provider.respond = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(partial + event({ type: 'image_generation.completed', b64_json: 'AB', usage }));
    };
    const stream = await client.images.generate({ model: 'all', prompt: 'x', stream: true, partial_images: 1 });
    const types = [];
    for await (const { type } of stream) types.push(type);
    expect(types).toEqual(['image_generation.partial_image', 'image_generation.completed']);
    expect(await lastRecord()).toMatchObject({ prompt_tokens: 1, completion_tokens: 2 });
  });

  test('an error among the events ends the stream with one', async () => {
    let goOn = (): void => undefined;
    const firstSeen = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    provider.respond = async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(partial);
      await firstSeen;
      response.end(event({ type: 'error', error: { message: 'no paint' } }));
    };
    const stream = await client.images.generate({ model: 'all', prompt: 'x', stream: true });
    goOn();
    const types: string[] = [];
    const read = async () => {
      for await (const { type } of stream) types.push(type);
    };
    await expect(read()).rejects.toThrow('The provider failed');
    expect(types).toEqual(['image_generation.partial_image']);
  });
});

describe('embeddings come in the encoding that was asked for', () => {
  const FLOATS = [0.5, -1.25];
  const BASE64 = Buffer.from(new Float32Array(FLOATS).buffer).toString('base64');
  const answer = (embedding: unknown) => ({
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding, extra: 1 }],
    vendor: 'kept',
  });

  test.each([
    ['base64', FLOATS, BASE64],
    ['base64', BASE64, BASE64],
    ['float', BASE64, FLOATS],
    ['float', FLOATS, FLOATS],
    [undefined, BASE64, FLOATS],
  ])('asked for %s, given %j', async (encoding, given, expected) => {
    provider.respond = (_request, response) => answerJson(response, answer(given));
    const body = {
      model: 'vectors',
      input: 'twelve chars',
      ...(encoding === undefined ? {} : { encoding_format: encoding }),
    };
    const { body: got } = await router.post('/v1/embeddings', body, KEY);
    expect(got).toEqual(answer(expected));
    // This provider is never asked for base64, and the length of the vectors comes from the configuration.
    const asked = encoding === undefined ? {} : { encoding_format: 'float' };
    expect(provider.last.json).toEqual({ model: 'vectors', input: 'twelve chars', dimensions: 2, ...asked });
    // It did not say what it used.
    expect(await lastRecord()).toMatchObject({ prompt_tokens: 3 });
  });

  test.each([[{ data: [] }], [answer('!')], [{ error: 'no' }]])('nonsense: %j', async (given) => {
    provider.respond = (_request, response) => answerJson(response, given);
    const { status } = await router.post(
      '/v1/embeddings',
      { model: 'vectors', input: 'x', encoding_format: 'float' },
      KEY,
    );
    expect(status).toBe(502);
  });
});

test('a second model embeds where the first one fails', async () => {
  provider.respond = (_request, response) => answerJson(response, { error: { message: 'busy' } }, 503);
  const refused = await router.post('/v1/embeddings', { model: 'vectors', input: 'x' }, KEY);
  expect([refused.status, refused.body.error.upstream]).toEqual([
    503,
    { provider: 'floats', status: 503, message: 'busy' },
  ]);
  spare.respond = (_request, response) =>
    answerJson(response, { model: 'n', embeddings: [[1, 2]], prompt_eval_count: 1 });
  const { status, headers, body } = await router.post('/v1/embeddings', { model: 'tag:embedding', input: 'x' }, KEY);
  expect([status, headers.get('x-router-model'), headers.get('x-router-attempts')]).toEqual([200, 'local/nomic', '2']);
  expect(body.data).toEqual([{ object: 'embedding', index: 0, embedding: [1, 2] }]);
});

describe('capabilities', () => {
  test('a model that does not say so is not asked, and the error tells how to say it', async () => {
    const { status, body } = await router.post('/v1/rerank', { model: 'chatty', query: 'q', documents: ['d'] }, KEY);
    expect(status).toBe(400);
    expect(body.error.code).toBe('model.cannot_serve');
    expect(body.error.message).toContain('capabilities = { rerank = true }');
    expect(provider.requests).toHaveLength(0);
  });

  test('a capability without an endpoint is no use', async () => {
    const { body } = await router.post('/v1/images/generations', { model: 'drawer', prompt: 'x' }, KEY);
    expect(body.error.message).toBe(
      '`native/drawer` belongs to the provider `native`, which has no endpoint like /v1/images/generations.',
    );
  });

  test('no chat lands on a model that does other work', async () => {
    const messages = [{ role: 'user', content: 'x' }];
    const named = await router.post('/v1/chat/completions', { model: 'second', messages }, KEY);
    expect([named.status, named.body.error.code]).toEqual([400, 'model.cannot_serve']);
    const dryRun = { ...KEY, 'x-router-dry-run': '1' };
    const { body } = await router.post('/v1/chat/completions', { model: 'auto', messages }, dryRun);
    expect(body.candidates.map((entry: { model: string }) => entry.model)).toEqual(['main/chatty']);
    const rules = body.excluded.map((entry: { rule: string }) => entry.rule);
    expect(new Set(rules)).toEqual(new Set(['cannot-serve']));
  });

  test('any chat model may complete a plain prompt', async () => {
    provider.respond = (_request, response) =>
      answerJson(response, {
        object: 'text_completion',
        choices: [{ index: 0, text: ' world', finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
      });
    const answer = await client.completions.create({ model: 'auto', prompt: 'Hello' });
    expect(answer.choices[0]?.text).toBe(' world');
    expect(provider.last.json).toEqual({ model: 'chatty', prompt: 'Hello' });
  });
});

describe('completions, streamed', () => {
  const chunk = (text: string, finish: string | null = null) =>
    `data: ${JSON.stringify({ object: 'text_completion', choices: [{ index: 0, text, finish_reason: finish }] })}\n\n`;
  const usage = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 4, completion_tokens: 5 } })}\n\n`;

  test('words come as they are, usage is recorded and not shown', async () => {
    provider.respond = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const text of [chunk('Hel'), chunk('lo'), chunk('', 'stop'), usage, 'data: [DONE]\n\n'])
        response.write(text);
      response.end();
    };
    const stream = await client.completions.create({ model: 'chatty', prompt: 'x', stream: true });
    const texts = [];
    for await (const { choices } of stream) texts.push(choices[0]?.text);
    expect(texts).toEqual(['Hel', 'lo', '']);
    expect(provider.last.json.stream_options).toEqual({ include_usage: true });
    expect(await lastRecord()).toMatchObject({
      prompt_tokens: 4,
      completion_tokens: 5,
      stream_end_reason: 'completed',
    });
  });

  test('a whole answer becomes the stream that was asked for', async () => {
    provider.respond = (_request, response) =>
      answerJson(response, { choices: [{ index: 0, text: 'all', finish_reason: 'stop' }] });
    const stream = await client.completions.create({ model: 'chatty', prompt: 'x', stream: true });
    const texts = [];
    for await (const { choices } of stream) texts.push(choices[0]?.text);
    expect(texts).toEqual(['all']);
  });
});

describe('speech', () => {
  const request = { model: 'all', input: 'Guten Tag', voice: 'alloy' } as const;

  test('bytes come as they are made, with the provider’s content type', async () => {
    let goOn = (): void => undefined;
    provider.respond = async (_request, response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg; rate=24000' });
      response.write(AUDIO.subarray(0, 1000));
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      response.end(AUDIO.subarray(1000));
    };
    const response = await client.audio.speech.create(request);
    expect(response.headers.get('content-type')).toBe('audio/mpeg; rate=24000');
    const reader = response.body!.getReader();
    const first = await reader.read();
    // The provider has not said the rest yet.
    const chunks = [Buffer.from(first.value!)];
    goOn();
    for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(Buffer.from(next.value));
    expect(Buffer.concat(chunks).equals(AUDIO)).toBe(true);
    expect(provider.last.headers.accept).toBe('*/*');
    expect(await lastRecord()).toMatchObject({ endpoint: '/v1/audio/speech', status: 'success', prompt_tokens: 3 });
  });

  test('a provider that fails before the first byte is replaced', async () => {
    provider.respond = (_request, response) => answerJson(response, { error: { message: 'busy' } }, 503);
    spare.respond = (_request, response) => {
      response.writeHead(200, { 'content-type': 'audio/wav' });
      response.end(AUDIO);
    };
    const response = await client.audio.speech.create({ ...request, model: 'tag:studio' });
    expect(Buffer.from(await response.arrayBuffer()).equals(AUDIO)).toBe(true);
    expect(response.headers.get('x-router-model')).toBe('spare/second');
    expect(response.headers.get('x-router-attempts')).toBe('2');
    expect(spare.last.json.model).toBe('second');
  });

  test.each([
    ['an empty answer', ''],
    ['an error with status 200', JSON.stringify({ error: { message: 'no voice' } })],
  ])('%s is a failure too', async (_name, body) => {
    provider.respond = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(body);
    };
    await expect(client.audio.speech.create(request)).rejects.toMatchObject({ status: 502 });
  });

  test('bytes that end early break the connection', async () => {
    provider.respond = (_request, response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': String(AUDIO.length) });
      response.write(AUDIO.subarray(0, 100), () => response.destroy());
    };
    const response = await client.audio.speech.create(request);
    await expect(response.arrayBuffer()).rejects.toThrow();
    expect(await lastRecord()).toMatchObject({ status: 'error', error_code: 'upstream.truncated' });
  });

  test('a client that reads slowly slows the provider down', async () => {
    const block = Buffer.alloc(1 << 20, 7);
    const blocks = 64;
    let written = 0;
    let isHeld = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      isHeld = resolve;
    });
    provider.respond = async (_request, response) => {
      response.writeHead(200, { 'content-type': 'audio/pcm' });
      for (; written < blocks; written += 1) {
        if (response.write(block)) continue;
        // Nobody takes any more for this long: the reader holds the whole way back.
        const watchdog = setTimeout(isHeld, 500);
        await once(response, 'drain');
        clearTimeout(watchdog);
      }
      response.end();
    };
    const response = await client.audio.speech.create(request);
    await held;
    expect(written).toBeLessThan(blocks);
    let size = 0;
    for await (const chunk of response.body!) size += chunk.length;
    expect(size).toBe(block.length * blocks);
  });

  test('limits count here too', async () => {
    provider.respond = (_request, response) => void response.end(AUDIO);
    expect((await client.audio.speech.create({ ...request, model: 'slow' })).status).toBe(200);
    const error = await client.audio.speech.create({ ...request, model: 'slow' }).catch((thrown) => thrown);
    expect(error).toMatchObject({ status: 429, code: 'limit.model_exhausted' });
    expect(error.headers.get('retry-after')).not.toBeNull();
  });
});

describe('forms', () => {
  test('a transcription: only the model’s name is another', async () => {
    provider.respond = (_request, response) =>
      answerJson(response, { text: 'hi', usage: { type: 'tokens', input_tokens: 10, output_tokens: 2 } });
    const file = await toFile(AUDIO, 'Täst "1".wav', { type: 'audio/wav' });
    const answer = await client.audio.transcriptions.create({
      model: 'all',
      file,
      language: 'de',
      timestamp_granularities: ['word', 'segment'],
    });
    expect(answer.text).toBe('hi');
    const form = await readForm(provider.last);
    expect(provider.last.path).toBe('/v1/audio/transcriptions');
    expect([...form.keys()].toSorted()).toEqual([
      'file',
      'language',
      'model',
      'timestamp_granularities[]',
      'timestamp_granularities[]',
    ]);
    expect(form.get('model')).toBe('all-2026');
    const sent = form.get('file') as File;
    expect([sent.type, Buffer.from(await sent.arrayBuffer()).equals(AUDIO)]).toEqual(['audio/wav', true]);
    expect(await lastRecord()).toMatchObject({ prompt_tokens: 10, completion_tokens: 2 });
  });

  test('another model gets the same file when the first one fails', async () => {
    provider.respond = (_request, response) => answerJson(response, {}, 500);
    spare.respond = (_request, response) => answerJson(response, { text: 'from the spare' });
    const file = await toFile(AUDIO, 'a.wav');
    const answer = await client.audio.transcriptions.create({ model: 'tag:studio', file });
    expect(answer.text).toBe('from the spare');
    const form = await readForm(spare.last);
    expect([form.get('model'), form.get('language')]).toEqual(['second', 'de']);
    expect(Buffer.from(await (form.get('file') as File).arrayBuffer()).equals(AUDIO)).toBe(true);
  });

  test('text answers', async () => {
    provider.respond = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/vtt' });
      response.end('WEBVTT\n\n00:00 --> 00:01\nhi');
    };
    const form = new FormData();
    form.append('model', 'all');
    form.append('response_format', 'vtt');
    form.append('file', new Blob([AUDIO]), 'a.wav');
    form.append('tags', 'studio');
    const response = await fetch(`${router.url}/v1/audio/translations`, { method: 'POST', headers: KEY, body: form });
    expect(response.headers.get('content-type')).toBe('text/vtt');
    expect(await response.text()).toContain('00:01\nhi');
    expect([...(await readForm(provider.last)).keys()]).toEqual(['model', 'response_format', 'file']);
  });

  test('streamed transcriptions', async () => {
    const done = { type: 'transcript.text.done', text: 'hi', usage: { input_tokens: 7, output_tokens: 1 } };
    provider.respond = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify({ type: 'transcript.text.delta', delta: 'hi' })}\n\n`);
      response.end(`data: ${JSON.stringify(done)}\n\n`);
    };
    const file = await toFile(AUDIO, 'a.wav');
    const stream = await client.audio.transcriptions.create({ model: 'all', file, stream: true });
    const types = [];
    for await (const event of stream) types.push(event.type);
    expect(types).toEqual(['transcript.text.delta', 'transcript.text.done']);
    expect(await lastRecord()).toMatchObject({
      prompt_tokens: 7,
      completion_tokens: 1,
      stream_end_reason: 'completed',
    });
  });

  test('a stream that ends early ends with an error', async () => {
    provider.respond = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`data: ${JSON.stringify({ type: 'transcript.text.delta', delta: 'hi' })}\n\n`);
    };
    const file = await toFile(AUDIO, 'a.wav');
    const stream = await client.audio.transcriptions.create({ model: 'all', file, stream: true });
    const read = async () => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toThrow('ended its answer early');
  });

  test('a model that does not stream answers whole', async () => {
    provider.respond = (_request, response) => answerJson(response, { text: 'whole' });
    const form = new FormData();
    form.append('model', 'all');
    form.append('stream', 'true');
    form.append('file', new Blob([AUDIO]), 'a.wav');
    const response = await fetch(`${router.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: KEY,
      body: form,
    });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ text: 'whole' });
  });

  test('JSON with the file as a data URL becomes a form', async () => {
    provider.respond = (_request, response) => answerJson(response, { text: 'ok' });
    const file = `data:audio/mpeg;base64,${AUDIO.toString('base64')}`;
    const body = { model: 'all', file, prompt: 'Ü', include: ['logprobs'], temperature: 0.5, tags: ['studio'] };
    expect((await router.post('/v1/audio/transcriptions', body, KEY)).body).toEqual({ text: 'ok' });
    const form = await readForm(provider.last);
    expect(form.get('model')).toBe('all-2026');
    expect([form.get('prompt'), form.get('include[]'), form.get('temperature')]).toEqual(['Ü', 'logprobs', '0.5']);
    expect(form.has('tags[]')).toBe(false);
    const sent = form.get('file') as File;
    expect([sent.name, sent.type]).toEqual(['file.mp3', 'audio/mpeg']);
    expect(Buffer.from(await sent.arrayBuffer()).equals(AUDIO)).toBe(true);
  });

  test('edits of pictures, as a form and as JSON', async () => {
    provider.respond = (_request, response) => answerJson(response, { created: 1, data: [{ b64_json: 'AA' }] });
    const image = await toFile(AUDIO, 'in.png', { type: 'image/png' });
    await client.images.edit({ model: 'all', prompt: 'blue', image: [image, image] });
    expect((await readForm(provider.last)).getAll('image[]')).toHaveLength(2);
    await router.post('/v1/images/edits', { model: 'all', prompt: 'x', images: [{ image_url: 'https://x' }] }, KEY);
    expect(provider.last.json).toEqual({ model: 'all-2026', prompt: 'x', images: [{ image_url: 'https://x' }] });
  });

  test.each([
    ['no boundary in it', 'multipart/form-data; boundary=abc', 'hello', 'the boundary does not occur'],
    ['no end', 'multipart/form-data; boundary=abc', '--abc\r\n\r\nx', 'the closing boundary is missing'],
    ['no name', 'multipart/form-data; boundary=abc', '--abc\r\nA: b\r\n\r\nx\r\n--abc--', 'a part without a name'],
    ['no model', 'multipart/form-data; boundary=abc', '--abc--', 'model: expected'],
  ])('a form with %s', async (_name, type, body, words) => {
    const response = await fetch(`${router.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { ...KEY, 'content-type': type },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(words);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: records of any shape
async function lastRecord(): Promise<any> {
  const { body } = await router.get('/monitor/invocations?limit=1&order_by=id');
  return body.items[0];
}
