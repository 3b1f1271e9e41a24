/*
 * What a local model costs here: the time and the memory of its first answer, of the next ones and after it is let go.
 *
 *   node --import tsx test/local-model/measure.ts [folder]
 *
 * Without a folder it measures the tiny model of the tests.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { openTransformersTransport } from '../../src/providers/transformers-transport.ts';
import { ask, transportModel } from './exchange.ts';
import { writeTinyModel } from './tiny-model.ts';

const BODY = { model: 'measured', messages: [{ role: 'user', content: 'Say hello.' }], max_tokens: 64 };
const WARM_ANSWERS = 20;

const directory = mkdtempSync(join(tmpdir(), 'llm-router-measure-'));
const [given] = process.argv.slice(2);
const folder = given === undefined ? join(directory, 'tiny') : resolve(given);
if (given === undefined) writeTinyModel(folder);

const model = transportModel('measured', { localPath: folder });
const transport = openTransformersTransport({ dataDir: directory, onNotice: (text) => console.error(text) });

async function answer(): Promise<{ readonly ms: number; readonly tokens: number }> {
  const startedAt = performance.now();
  const reply = await ask(transport, BODY, { model });
  if (reply.status !== 200) throw new Error(reply.chunks.join(''));
  return { ms: performance.now() - startedAt, tokens: reply.json().usage.completion_tokens };
}

function residentMb(): number {
  return Math.round(process.memoryUsage().rss / 1e6);
}

function report(name: string, value: string): void {
  console.log(`${name.padEnd(32)}${value}`);
}

report('resident before', `${residentMb()} MB`);
report('first answer, with loading', `${(await answer()).ms.toFixed(0)} ms`);
report('resident with the model', `${residentMb()} MB`);
let ms = 0;
let tokens = 0;
for (let count = 0; count < WARM_ANSWERS; count += 1) {
  const warm = await answer();
  ms += warm.ms;
  tokens += warm.tokens;
}
report('next answers', `${(ms / WARM_ANSWERS).toFixed(1)} ms, ${((tokens / ms) * 1000).toFixed(0)} tokens/s`);
await transport.close();
report('resident when it is let go', `${residentMb()} MB`);
rmSync(directory, { recursive: true });
