import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/lib/json.ts';
import { openTransformersTransport } from '../../src/providers/transformers-transport.ts';
import type { Transport } from '../../src/providers/transport.ts';
import { tempDir } from '../support/temp-dir.ts';
import type { StandInConfig } from './stand-in-library.ts';

const LIBRARY = new URL('./stand-in-library.ts', import.meta.url).href;

export const HELLO = [{ role: 'user', content: 'Hello there' }];
export const WORDS = ['One ', 'two ', 'three ', 'four.'];

/** A transport whose threads import the stand-in library, and a models folder of its own. */
export interface StandInModels {
  readonly transport: Transport;
  readonly dataDir: string;
  readonly notices: string[];
  /** Folder of the model of that name. */
  folder(name: string): string;
  add(name: string, config?: Partial<StandInConfig>, files?: readonly string[]): void;
  /** What was done to a model. */
  // biome-ignore lint/suspicious/noExplicitAny: events have any details
  events(name: string): any[];
  countOf(name: string, event: string): number;
}

export function openModels(packageName = LIBRARY): StandInModels {
  const dataDir = tempDir();
  const notices: string[] = [];
  const transport = openTransformersTransport({ dataDir, onNotice: (text) => notices.push(text), packageName });
  onTestFinished(() => transport.close());
  const folder = (name: string): string => join(dataDir, 'models', name);
  const events: StandInModels['events'] = (name) => {
    const lines = readFileSync(join(folder(name), 'events.log'), 'utf8')
      .trim()
      .split('\n');
    return lines.map((line) => JSON.parse(line));
  };
  return {
    transport,
    dataDir,
    notices,
    folder,
    events,
    countOf: (name, event) => events(name).filter((noted) => noted.event === event).length,
    add: (name, config = {}, files = ['tokenizer.json', 'onnx/model.onnx']) => {
      mkdirSync(join(folder(name), 'onnx'), { recursive: true });
      const whole: StandInConfig = { words: WORDS, ...config };
      writeFileSync(join(folder(name), 'config.json'), JSON.stringify(whole));
      for (const file of files) writeFileSync(join(folder(name), file), '');
    },
  };
}

/** The text of a stream. */
export const textOf = (events: JsonObject[]): string =>
  // biome-ignore lint/suspicious/noExplicitAny: chunks of any shape
  events.map((chunk: any) => chunk.choices?.[0]?.delta.content ?? '').join('');
