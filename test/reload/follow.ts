import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { ConfigStore } from '../../src/config/config-store.ts';
import { createReloader, type ReloadOutcome } from '../../src/config/reloader.ts';
import { type RouterTomlWatch, type WatchWindows, watchRouterToml } from '../../src/config/watch.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { loadBytes } from '../unit/config/load-text.ts';

/** A file with these models, the version of its text in the port. */
export function textOf(port: number, ...models: readonly string[]): string {
  const lines = ['[server]', `port = ${port}`, '', '[[providers]]', 'name = "p"', 'type = "ollama"', ''];
  for (const name of models) lines.push('[[models]]', `name = "${name}"`, 'provider = "p"', 'tags = ["chat"]', '');
  return lines.join('\n');
}

export const FIRST = textOf(1000, 'a', 'b', 'c');

export interface Followed {
  readonly file: string;
  readonly directory: string;
  readonly watch: RouterTomlWatch;
  readonly store: ConfigStore;
  /** All outcomes so far. */
  readonly outcomes: readonly ReloadOutcome[];
  /** `version port model…` of every snapshot that was ever swapped in. */
  readonly swapped: readonly string[];
  /** The next outcome from now on. */
  next(): Promise<ReloadOutcome>;
  /** Resolves when this port is in force. */
  untilPort(port: number): Promise<void>;
}

export interface FollowSetup {
  readonly windows?: WatchWindows;
  /** What the file holds at the start; undefined: there is no file. */
  readonly text?: string | undefined;
  /** Puts the text where `file` is to find it; for links. */
  readonly place?: (file: string, text: string) => void;
}

const EMBEDDED = '# nothing is configured\n';

/** Follows a real file in a folder of its own with the real watch, until the test ends. */
export function followFile({ onTestFinished }: TestContext, setup: FollowSetup = {}): Followed {
  const root = mkdtempSync(join(tmpdir(), 'llm-router-test-'));
  const directory = join(root, 'conf');
  mkdirSync(directory);
  const file = join(directory, 'router.toml');
  const text = 'text' in setup ? setup.text : FIRST;
  if (text !== undefined) (setup.place ?? writeFileSync)(file, text);
  const loaded = text === undefined ? undefined : Buffer.from(text);
  const first = loadBytes(loaded ?? Buffer.from(EMBEDDED), { file: text === undefined ? undefined : file });
  if (!first.ok) throw new Error('the first file does not load');
  const store = new ConfigStore(first.snapshot);
  const outcomes: ReloadOutcome[] = [];
  const swapped: string[] = [];
  store.onSwap(({ version, server, models }) =>
    swapped.push([version, server.port, ...[...models.values()].map(({ name }) => name)].join(' ')),
  );
  const reloader = createReloader({
    store,
    build: (bytes, version) => loadBytes(bytes, { version, file }),
    now: systemClock.wallTime,
    report: (outcome) => outcomes.push(outcome),
  });
  const onError = (error: unknown): void => {
    throw error;
  };
  const windows = setup.windows === undefined ? {} : { windows: setup.windows };
  const watch = watchRouterToml({ file, loaded, reloader, clock: systemClock, onError, ...windows });
  onTestFinished(async () => {
    await watch.close();
    rmSync(root, { recursive: true, force: true });
  });
  return {
    file,
    directory,
    watch,
    store,
    outcomes,
    swapped,
    next: () => reloader.next(),
    untilPort: (port) =>
      new Promise((resolve) => {
        if (store.current.server.port === port) return resolve();
        const stop = store.onSwap((next) => {
          if (next.server.port !== port) return;
          stop();
          resolve();
        });
      }),
  };
}
