import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openTransformersTransport } from '../../src/providers/transformers-transport.ts';
import type { Transport } from '../../src/providers/transport.ts';
import { startRouter, type TestRouter } from '../support/start-router.ts';
import { tempDir } from '../support/temp-dir.ts';
import { ask, exchange, transportModel } from './exchange.ts';
import { type TinyModelOptions, writeTinyModel } from './tiny-model.ts';
import { SENTENCE } from './tiny-vocabulary.ts';

const MESSAGES = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Say héllo 你好' },
];

function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('@huggingface/transformers');
    return true;
  } catch {
    return false;
  }
}

const SKIPPED = isInstalled() ? '' : ' (skipped: npm install --no-save @huggingface/transformers)';

interface Models {
  readonly transport: Transport;
  readonly notices: string[];
  /** Writes a tiny model and gives its folder. */
  add(name: string, options?: TinyModelOptions): string;
}

function openModels(): Models {
  const dataDir = tempDir();
  const notices: string[] = [];
  const transport = openTransformersTransport({ dataDir, onNotice: (text) => notices.push(text) });
  onTestFinished(() => transport.close());
  return {
    transport,
    notices,
    add: (name, options) => {
      const folder = join(dataDir, 'models', name);
      writeTinyModel(folder, options);
      return folder;
    },
  };
}

test('the tiny model has the same bytes every time', () => {
  const [first, second] = [tempDir(), tempDir()];
  for (const folder of [first, second]) writeTinyModel(folder);
  const files = readdirSync(first, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  expect(paths).toHaveLength(5);
  for (const path of paths) expect(readFileSync(path)).toEqual(readFileSync(path.replace(first, second)));
});

describe.skipIf(!isInstalled())(`a real model in this process${SKIPPED}`, () => {
  const router = async (): Promise<TestRouter> => {
    const folder = tempDir();
    writeTinyModel(join(folder, 'tiny'));
    writeTinyModel(join(folder, 'elsewhere', 'endless'), { kind: 'endless', context: 1_000_000 });
    const started = await startRouter(`
      [[providers]]
      name = "local"
      type = "transformers"
      settings = { models_dir = ${JSON.stringify(folder)} }
      [[models]]
      name = "tiny"
      provider = "local"
      [[models]]
      name = "endless"
      provider = "local"
      local_path = "elsewhere/endless"
    `);
    onTestFinished(() => started.stop());
    return started;
  };

  test('answers through the router, whole and as a stream', async () => {
    const { post, send, lastRecord } = await router();
    const { status, body } = await post('/v1/chat/completions', { model: 'local/tiny', messages: MESSAGES });
    expect([status, body.choices[0].message.content]).toEqual([200, SENTENCE]);
    expect(body.usage).toEqual({ prompt_tokens: 40, completion_tokens: 14, total_tokens: 54 });
    const native = await post('/models/local/tiny/invoke', { prompt: 'Hello' });
    expect([native.status, native.body.output_text]).toEqual([200, SENTENCE]);
    const stream = await send('/v1/chat/completions', { model: 'local/tiny', messages: MESSAGES, stream: true });
    const events = (await stream.text()).split('\n\n').filter((event) => event.startsWith('data: {'));
    const pieces = events.map((event) => JSON.parse(event.slice(6)).choices[0]?.delta.content ?? '');
    expect(pieces.filter((piece) => piece !== '').length).toBeGreaterThan(5);
    for (const piece of pieces) expect(piece).not.toContain('\uFFFD');
    expect(pieces.join('')).toBe(SENTENCE);
    expect(await lastRecord()).toMatchObject({ status: 'success', prompt_tokens: 40, completion_tokens: 14 });
  });

  test('a client that leaves ends the generation, and the next one is served', async () => {
    const { url, post } = await router();
    const leaving = new AbortController();
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'local/endless', messages: MESSAGES, stream: true }),
      signal: leaving.signal,
    });
    await answer.body?.getReader().read();
    leaving.abort();
    const next = await post('/v1/chat/completions', { model: 'local/endless', messages: MESSAGES, max_tokens: 2 });
    expect([next.status, next.body.choices[0].message.content]).toEqual([200, 'Hello from']);
  });

  test('parameters do what they say', async () => {
    const { transport, add } = openModels();
    add('tiny');
    const say = async (body: object): Promise<string[]> => {
      const reply = await ask(transport, { model: 'tiny', messages: MESSAGES, ...body });
      const [choice] = reply.json().choices;
      return [choice.message.content, choice.finish_reason];
    };
    const wild = { temperature: 50, max_tokens: 12, top_k: 0 };
    expect(await say({ max_tokens: 3 })).toEqual(['Hello from a', 'length']);
    expect(await say({ stop: 'tiny' })).toEqual(['Hello from a ', 'stop']);
    expect(await say({ ...wild, seed: 7 })).toEqual(await say({ ...wild, seed: 7 }));
    expect(await say({ ...wild, seed: 7 })).not.toEqual(await say({ ...wild, seed: 8 }));
    expect(await say({ ...wild })).not.toEqual(await say({ ...wild }));
    expect(await say({ ...wild, max_tokens: 20, top_p: 0 })).toEqual([SENTENCE, 'stop']);
    expect(await say({ ...wild, max_tokens: 20, top_k: 1 })).toEqual([SENTENCE, 'stop']);
  });

  test('twenty at once are answered one after the other', async () => {
    const { transport, add } = openModels();
    add('tiny');
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => ask(transport, { model: 'tiny', messages: MESSAGES })),
    );
    for (const reply of replies) expect(reply.json().choices[0].message.content).toBe(SENTENCE);
  });

  test('a model without a chat template reads lines, one with a template may refuse', async () => {
    const { transport, add } = openModels();
    add('plain', { hasChatTemplate: false });
    add('tiny');
    const plain = await ask(transport, { model: 'plain', messages: MESSAGES });
    // The last line of the prompt is `Assistant:`, and the sentence goes on after a colon.
    expect(plain.json().choices[0].message.content).toBe(SENTENCE.slice(SENTENCE.indexOf(':') + 1));
    const refused = await ask(transport, { model: 'tiny', messages: [{ role: 'alien', content: 'a' }] });
    expect([refused.status, refused.json().error.message]).toEqual([400, expect.stringContaining('no aliens')]);
  });

  test('a prompt over the context of the model is refused', async () => {
    const { transport, add } = openModels();
    add('tiny', { context: 42 });
    const fits = await ask(transport, { model: 'tiny', messages: MESSAGES });
    expect(fits.json().choices[0]).toMatchObject({ message: { content: 'Hello from' }, finish_reason: 'length' });
    const reply = await ask(transport, { model: 'tiny', messages: [...MESSAGES, ...MESSAGES] });
    expect([reply.status, reply.json().error.code]).toEqual([400, 'context_length_exceeded']);
  });

  test('weights that are broken, or in a format that is not there, are told without a path', async () => {
    const { transport, add, notices } = openModels();
    const folder = add('broken');
    writeFileSync(join(folder, 'onnx', 'model.onnx'), 'no model');
    const reply = await ask(transport, { model: 'broken', messages: MESSAGES });
    expect([reply.status, reply.json().error.code]).toEqual([503, 'local_model_unavailable']);
    expect(reply.chunks.join('')).not.toContain(folder);
    expect(notices.join()).toContain(folder);
    add('packed', { weights: 'model_quantized.onnx' });
    expect((await ask(transport, { model: 'packed', messages: MESSAGES })).status).toBe(200);
    const model = transportModel('packed', { config: { torch_dtype: 'float32' } });
    expect((await ask(transport, { model: 'packed', messages: MESSAGES }, { model })).status).toBe(404);
  });

  test('a missing tokenizer setting is not looked for in the network', async () => {
    const { transport, add, notices } = openModels();
    const folder = add('partial');
    writeFileSync(join(folder, 'tokenizer_config.json'), '{"tokenizer_class":"PreTrainedTokenizerFast"');
    const reply = await ask(transport, { model: 'partial', messages: MESSAGES });
    expect([reply.status, notices.length]).toEqual([503, 1]);
    expect(notices[0]).not.toContain('huggingface.co');
  });

  test('a model is unloaded and loaded again, in a new thread', async () => {
    const { transport, add } = openModels();
    add('tiny');
    const model = transportModel('tiny', { settings: { idle_unload_seconds: 0 } });
    for (let round = 0; round < 3; round += 1) {
      const reply = await ask(transport, { model: 'tiny', messages: MESSAGES }, { model });
      expect(reply.json().choices[0].message.content).toBe(SENTENCE);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });

  test('closing ends a generation that nobody wants', async () => {
    const { transport, add } = openModels();
    add('endless', { kind: 'endless', context: 1_000_000 });
    const running = exchange(transport, { model: 'endless', messages: MESSAGES, stream: true });
    await running.text();
    const closed = transport.close();
    running.control.abort();
    await closed;
    expect(running.outcome).toBeUndefined();
  });

  test('texts are embedded: of length 1, the same for the same text', async () => {
    const { transport, add } = openModels();
    add('numbers', { kind: 'embedding' });
    const input = ['one text', 'another, longer text', 'one text'];
    const reply = await ask(transport, { model: 'numbers', input }, { path: '/v1/embeddings' });
    expect(reply.status).toBe(200);
    const vectors: number[][] = reply.json().data.map((item: { embedding: number[] }) => item.embedding);
    for (const vector of vectors) {
      expect(vector).toHaveLength(8);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
    expect(vectors[0]).not.toEqual(vectors[1]);
    const [first = [], , third = []] = vectors;
    expect(Math.max(...first.map((value, index) => Math.abs(value - (third[index] ?? 0))))).toBeCloseTo(0, 5);
    expect(reply.json().usage.prompt_tokens).toBeGreaterThan(20);
  });
});
