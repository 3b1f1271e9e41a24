import { closeSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, type TestContext, test } from 'vitest';
import { WATCH_WINDOWS } from '../../src/config/watch.ts';
import { followFile, textOf } from './follow.ts';

/** So much longer than the pauses of the writers below that a busy machine does not turn one into the end of a save. */
const PATIENT = { ...WATCH_WINDOWS, holdMs: 2500, longHoldMs: 4000 };

/** Nothing but the whole text has this port: it stands in the last line. */
function portLast(port: number, ...models: readonly string[]): string {
  return `${textOf(1, ...models).replace('[server]\nport = 1\n', '')}[server]\nport = ${port}\n`;
}

async function writePieces(file: string, pieces: Iterable<string>, pauseMs: number): Promise<void> {
  const handle = openSync(file, 'w');
  for (const piece of pieces) {
    writeSync(handle, piece);
    await pause(pauseMs);
  }
  closeSync(handle);
}

describe.concurrent('a half-written file is never in force', () => {
  test.for<[string, readonly string[]]>([
    ['that grows', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['that stays as long', ['a', 'b', 'c']],
    ['that loses a model', ['a', 'b']],
    ['that has nothing in common', ['x', 'y', 'z']],
  ])('%s, written line by line', async ([, models], context) => {
    const followed = followFile(context, { windows: PATIENT });
    const applied = followed.untilPort(2000);
    await writePieces(followed.file, portLast(2000, ...models).split(/(?<=\n)/), 60);
    await applied;
    context.expect(followed.swapped).toEqual([`2 2000 ${models.join(' ')}`]);
  });

  test('written byte by byte', async (context) => {
    const followed = followFile(context, { windows: PATIENT });
    const applied = followed.untilPort(2000);
    await writePieces(followed.file, portLast(2000, 'a', 'b', 'c', 'd'), 4);
    await applied;
    context.expect(followed.swapped).toEqual(['2 2000 a b c d']);
  });

  test('left at any beginning for longer than a save takes', async (context) => {
    const followed = followFile(context, { windows: PATIENT });
    const text = textOf(2000, 'a', 'b', 'c', 'd');
    const lengths = [0, 1, 9, 20, 35, 36, 60, text.indexOf('"b"') - 8, text.lastIndexOf('[[models]]'), text.length - 3];
    for (const length of lengths) {
      writeFileSync(followed.file, text.slice(0, length));
      await pause(250);
    }
    const applied = followed.untilPort(2000);
    writeFileSync(followed.file, text);
    await applied;
    context.expect(followed.swapped).toEqual(['2 2000 a b c d']);
  });
});

describe.concurrent('a hundred edits a second', () => {
  async function storm(context: TestContext, save: (file: string, text: string) => void): Promise<void> {
    const followed = followFile(context);
    let port = 2000;
    for (; port < 2250; port += 1) {
      save(followed.file, textOf(port, 'a', 'b', 'c'));
      await pause(10);
    }
    const during = followed.swapped.length;
    const applied = followed.untilPort(port);
    save(followed.file, textOf(port, 'a', 'b', 'c'));
    await applied;
    context.expect(during).toBeGreaterThan(0);
    context.expect(during).toBeLessThan(20);
    for (const line of followed.swapped) context.expect(line).toMatch(/^\d+ \d+ a b c$/);
  }

  test('renamed over: some of them take effect meanwhile, the last one always', (context) =>
    storm(context, (file, text) => {
      writeFileSync(`${file}.tmp`, text);
      renameSync(`${file}.tmp`, file);
    }));

  test('truncated and written: some of them take effect meanwhile, the last one always', (context) =>
    storm(context, (file, text) => writeFileSync(file, text)));
});
