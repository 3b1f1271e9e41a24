import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startRouter, type TestRouter } from '../../support/start-router.ts';
import { startCohereVendor } from '../../support/vendors/cohere.ts';
import { embeddingOf } from '../../support/vendors/embedding.ts';
import { startGeminiVendor } from '../../support/vendors/gemini-generate.ts';
import { startOllamaVendor } from '../../support/vendors/ollama.ts';
import { startOpenAiChatVendor } from '../../support/vendors/openai-chat.ts';
import { VENDOR_KEY, type Vendor } from '../../support/vendors/vendor-server.ts';

const script = (): never => {
  throw new Error('nobody chats here');
};

const STARTERS = {
  openai: startOpenAiChatVendor,
  gemini: startGeminiVendor,
  ollama: startOllamaVendor,
  cohere: startCohereVendor,
} as const;

const REMOTE = {
  openai: 'text-embedding-3-small',
  gemini: 'gemini-embedding-001',
  ollama: 'nomic-embed-text:latest',
  cohere: 'embed-v4.0',
} as const;

type Name = keyof typeof STARTERS;
const NAMES = Object.keys(STARTERS) as Name[];

const vendors = {} as Record<Name, Vendor>;
let router: TestRouter;
let openai: OpenAI;
let google: GoogleGenAI;

beforeAll(async () => {
  const lines: string[] = [];
  for (const name of NAMES) {
    vendors[name] = await STARTERS[name]({ script, apiKey: VENDOR_KEY });
    lines.push(`
[[providers]]
name = "${name}"
type = "${name}"
base_url = "${vendors[name].url}"
api_key = "${VENDOR_KEY}"

[[models]]
name = "${name}-embed"
provider = "${name}"
remote_identifier = "${REMOTE[name]}"
tags = ["embedding", "all", "only-${name}"]
price = { input = 1000000.0, output = 1.0 }
`);
  }
  router = await startRouter(`[retry]\nmax_attempts = 1\n${lines.join('')}`);
  openai = new OpenAI({ baseURL: `${router.url}/v1`, apiKey: 'any', maxRetries: 0 });
  google = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: router.url } });
});

afterAll(async () => {
  await router.stop();
  await Promise.all(NAMES.map((name) => vendors[name].close()));
});

afterEach(() => {
  for (const name of NAMES) expect(vendors[name].rejected).toEqual([]);
});

const FULL = ['Der Himmel ist blau.', '空は青い'];
const vectors = (texts: readonly string[], dimensions = 8) => texts.map((text) => embeddingOf(text, dimensions));

describe.each(NAMES)('a model at %s', (name) => {
  const model = `${name}-embed`;

  test('the OpenAI SDK, which asks for base64 by itself', async () => {
    const answer = await openai.embeddings.create({ model, input: FULL });
    expect(answer.data.map((item) => Array.from(item.embedding))).toEqual(vectors(FULL));
    expect(answer.data.map((item) => item.index)).toEqual([0, 1]);
    expect(answer.usage.prompt_tokens).toBeGreaterThan(0);
    const record = await router.lastRecord();
    expect(record).toMatchObject({ status: 'success', endpoint: '/v1/embeddings', model_name: model });
    expect(record.prompt_tokens).toBe(answer.usage.prompt_tokens);
    expect(record.cost).toBeCloseTo(answer.usage.prompt_tokens, 6);
  });

  test('the OpenAI SDK, asked for floats and a length', async () => {
    const dimensions = 256;
    const answer = await openai.embeddings.create({ model, input: 'one', encoding_format: 'float', dimensions });
    expect(answer.data.map((item) => item.embedding)).toEqual(vectors(['one'], dimensions));
  });

  test('the Google SDK', async () => {
    const answer = await google.models.embedContent({ model, contents: FULL, config: { taskType: 'RETRIEVAL_QUERY' } });
    expect(answer.embeddings?.map((item) => item.values)).toEqual(vectors(FULL));
  });

  test('one content in the Gemini format', async () => {
    const body = { model: 'models/ignored', content: { parts: [{ text: 'a' }, { text: 'b' }] }, tags: ['all'] };
    const { status, body: answer } = await router.post(`/v1beta/models/${name}/${model}:embedContent`, body);
    expect(status).toBe(200);
    // Google joins the parts itself; for all others the router does.
    if (name !== 'gemini') expect(answer.embedding.values).toEqual(vectors(['ab'])[0]);
    expect(answer.embedding.values).toHaveLength(8);
  });

  test('Ollama, newer and older form', async () => {
    const newer = await router.post('/api/embed', { model, input: FULL });
    expect(newer.body).toMatchObject({ embeddings: vectors(FULL) });
    expect(newer.body.prompt_eval_count).toBeGreaterThan(0);
    const older = await router.post('/api/embeddings', { model, prompt: 'x' });
    expect(older.body).toEqual({ embedding: vectors(['x'])[0] });
  });

  test('Cohere', async () => {
    const body = { model, texts: FULL, input_type: 'search_query', embedding_types: ['float', 'base64'] };
    const answer = await router.post('/v2/embed', body);
    expect(answer.body).toMatchObject({ embeddings: { float: vectors(FULL) }, response_type: 'embeddings_by_type' });
    expect(answer.body.embeddings.base64).toHaveLength(2);
  });
});

describe('what the other formats cannot carry', () => {
  test('purposes are said in the words of each vendor', async () => {
    const body = { input: 'x', input_type: 'query' };
    await router.post('/v1/embeddings', { ...body, model: 'cohere-embed' });
    expect(vendors.cohere.received.at(-1)?.body.input_type).toBe('search_query');
    await router.post('/v1/embeddings', { ...body, model: 'gemini-embed' });
    expect(vendors.gemini.received.at(-1)?.body.requests[0].taskType).toBe('RETRIEVAL_QUERY');
    const { headers } = await router.post('/v1/embeddings', { ...body, model: 'ollama-embed' });
    expect(headers.get('x-router-loss')).toContain('input_type');
  });

  test('tokens go to OpenAI only', async () => {
    const { body } = await router.post('/v1/embeddings', { model: 'tag:all', input: [[1, 2, 3], [4]] });
    expect(body.data).toHaveLength(2);
    expect((await router.lastRecord()).provider_name).toBe('openai');
    const refused = await router.post('/v1/embeddings', { model: 'cohere-embed', input: [1, 2] });
    expect([refused.status, refused.body.error.message]).toEqual([
      400,
      '`cohere/cohere-embed` takes texts, not tokens.',
    ]);
  });

  test('more inputs than a vendor takes in one call', async () => {
    const input = Array.from({ length: 97 }, (_, index) => `text ${index}`);
    const refused = await router.post('/v1/embeddings', { model: 'cohere-embed', input });
    expect(refused.body.error.message).toContain('takes at most 96 inputs in one call');
    const served = await router.post('/v1/embeddings', { model: 'gemini-embed', input });
    expect(served.body.data).toHaveLength(97);
  });

  test('numbers of a kind that only Cohere makes', async () => {
    const body = { texts: ['x'], input_type: 'clustering', embedding_types: ['int8'] };
    expect((await router.post('/v2/embed', { ...body, model: 'openai-embed' })).body.message).toContain(
      'would lose embedding_types.int8',
    );
    expect((await router.post('/v2/embed', { ...body, model: 'cohere-embed' })).status).toBe(200);
  });
});

describe('requests that are certainly wrong', () => {
  test.each([
    ['/v1/embeddings', { input: [] }, 'input'],
    ['/v1/embeddings', { input: 'x', dimensions: 0 }, 'dimensions'],
    ['/v1/embeddings', { input: 'x', encoding_format: 'int8' }, 'encoding_format'],
    ['/v1/embeddings', { input: ['x', 1] }, 'input'],
    ['/api/embed', { input: 5 }, 'input'],
    ['/api/embeddings', { input: 'x' }, 'prompt'],
    ['/v2/embed', { texts: 'x' }, 'texts'],
    ['/v1beta/models/openai-embed:embedContent', { content: {} }, 'content'],
    ['/v1beta/models/openai-embed:batchEmbedContents', { requests: [{}] }, 'requests[0].content'],
  ])('%s %j', async (path, body, field) => {
    const { status, body: answer } = await router.post(path, { model: 'openai-embed', ...body });
    expect(status).toBe(400);
    expect(JSON.stringify(answer)).toContain(`${field}: expected`);
  });

  test('errors come in the words of the client', async () => {
    const ollama = await router.post('/api/embed', { model: 'nothing', input: 'x' });
    expect(typeof ollama.body.error).toBe('string');
    const gemini = await router.post('/v1beta/models/nothing:embedContent', { content: { parts: [{ text: 'x' }] } });
    expect(gemini.body.error.status).toBe('NOT_FOUND');
    const cohere = await router.post('/v2/embed', { model: 'nothing', texts: ['x'] });
    expect(cohere.body.message).toContain('nothing');
  });

  test('a request without a model and without tags', async () => {
    expect((await router.post('/v1/embeddings', { input: 'x' })).body.error.message).toMatch(/^model: expected/);
    expect((await router.post('/v1/embeddings', { input: 'x', tags: ['only-ollama'] })).status).toBe(200);
    expect(vendors.ollama.received.at(-1)?.body).toEqual({ model: REMOTE.ollama, input: ['x'] });
  });
});

test('a dry run says which model would embed, and calls nobody', async () => {
  const before = vendors.openai.received.length;
  const { body } = await router.post(
    '/v1/embeddings',
    { model: 'tag:only-openai', input: 'x' },
    { 'x-router-dry-run': '1' },
  );
  expect(body.candidates.map((entry: { model: string }) => entry.model)).toEqual(['openai/openai-embed']);
  expect(body.needs).toEqual(['embedding']);
  expect(vendors.openai.received).toHaveLength(before);
});
