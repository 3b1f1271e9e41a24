import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, test } from 'vitest';
import { FIRST, followFile, textOf } from './follow.ts';

/** Writes as a slow program does: in pieces, with pauses between them. */
async function writeSlowly(file: string, text: string, pieces: number, pauseMs: number): Promise<void> {
  const bytes = Buffer.from(text);
  const handle = openSync(file, 'w');
  const length = Math.ceil(bytes.length / pieces);
  for (let at = 0; at < bytes.length; at += length) {
    writeSync(handle, bytes.subarray(at, at + length));
    await pause(pauseMs);
  }
  closeSync(handle);
}

const SAVES: Readonly<Record<string, (file: string, text: string) => void | Promise<void>>> = {
  'written over in place': (file, text) => {
    const handle = openSync(file, 'r+');
    truncateSync(file, Buffer.byteLength(text));
    writeSync(handle, text, 0);
    closeSync(handle);
  },
  'truncated and written': (file, text) => writeFileSync(file, text),
  'truncated first, written later': async (file, text) => {
    truncateSync(file, 0);
    await pause(100);
    appendFileSync(file, text);
  },
  'renamed over': (file, text) => {
    writeFileSync(`${file}.tmp`, text);
    renameSync(`${file}.tmp`, file);
  },
  'moved away as a backup, then written': (file, text) => {
    renameSync(file, `${file}~`);
    writeFileSync(file, text);
  },
  'deleted and put back': async (file, text) => {
    rmSync(file);
    await pause(100);
    writeFileSync(file, text);
  },
  'written in pieces': (file, text) => writeSlowly(file, text, 12, 20),
  'with a BOM': (file, text) => writeFileSync(file, `\uFEFF${text}`),
  'with CRLF': (file, text) => writeFileSync(file, text.replaceAll('\n', '\r\n')),
  'replaced by a link': (file, text) => {
    const target = join(dirname(dirname(file)), 'elsewhere.toml');
    writeFileSync(target, text);
    rmSync(file);
    symlinkSync(target, file);
  },
};

describe.concurrent('a save takes effect', () => {
  test.for(Object.entries(SAVES))('%s', async ([, save], context) => {
    const { expect } = context;
    const followed = followFile(context);
    const next = followed.next();
    await save(followed.file, textOf(2000, 'a', 'b', 'c', 'd'));
    expect(await next).toMatchObject({ kind: 'swapped', snapshot: { version: 2 } });
    expect(followed.swapped).toEqual(['2 2000 a b c d']);
  });

  test('every one of several', async (context) => {
    const { expect } = context;
    const followed = followFile(context);
    for (const [index, save] of Object.values(SAVES).entries()) {
      const port = 2000 + index;
      const applied = followed.untilPort(port);
      await save(followed.file, textOf(port, 'a', 'b', 'c'));
      await applied;
    }
    expect(followed.store.current.version).toBe(1 + Object.keys(SAVES).length);
    expect(followed.outcomes.every(({ kind }) => kind === 'swapped')).toBe(true);
  });

  test('of a model that is appended', async (context) => {
    const { expect } = context;
    const followed = followFile(context);
    const next = followed.next();
    appendFileSync(followed.file, '[[models]]\nname = "d"\nprovider = "p"\n');
    expect(await next).toMatchObject({ kind: 'swapped' });
    expect(followed.swapped).toEqual(['2 1000 a b c d']);
  });

  test('that takes things away: some, then most', async (context) => {
    const { expect } = context;
    const followed = followFile(context);
    for (const [port, models] of [
      [2000, ['a', 'b']],
      [3000, []],
    ] as const) {
      const applied = followed.untilPort(port);
      writeFileSync(followed.file, textOf(port, ...models));
      await applied;
    }
    expect(followed.swapped).toEqual(['2 2000 a b', '3 3000']);
  });
});

describe.concurrent('links, as a cluster mounts files', () => {
  /** `router.toml` -> `..data/router.toml`, `..data` -> a folder with the day in its name. */
  function placeLinked(file: string, text: string): void {
    const directory = dirname(file);
    mkdirSync(join(directory, '..day-1'));
    writeFileSync(join(directory, '..day-1', 'router.toml'), text);
    symlinkSync('..day-1', join(directory, '..data'));
    symlinkSync(join('..data', 'router.toml'), file);
  }

  test('a folder that is swapped behind the link takes effect', async (context) => {
    const { expect } = context;
    const followed = followFile(context, { place: placeLinked });
    for (const day of [2, 3]) {
      const applied = followed.untilPort(day * 1000);
      const target = join(followed.directory, `..day-${day}`);
      mkdirSync(target);
      writeFileSync(join(target, 'router.toml'), textOf(day * 1000, 'a', 'b', 'c'));
      symlinkSync(`..day-${day}`, join(followed.directory, '..data_tmp'));
      renameSync(join(followed.directory, '..data_tmp'), join(followed.directory, '..data'));
      rmSync(join(followed.directory, `..day-${day - 1}`), { recursive: true });
      await applied;
    }
    expect(followed.swapped).toEqual(['2 2000 a b c', '3 3000 a b c']);
  });

  test('a target that is written to takes effect', async (context) => {
    const { expect } = context;
    const followed = followFile(context, { place: placeLinked });
    const applied = followed.untilPort(2000);
    writeFileSync(realpathSync(followed.file), textOf(2000, 'a', 'b', 'c'));
    await applied;
    expect(followed.swapped).toEqual(['2 2000 a b c']);
  });

  test('a link that points nowhere is a file that is not there', async (context) => {
    const { expect } = context;
    const followed = followFile(context, { place: placeLinked });
    const next = followed.next();
    rmSync(join(followed.directory, '..day-1'), { recursive: true });
    expect(await next).toMatchObject({ kind: 'unreadable' });
    expect(followed.store.current.version).toBe(1);
  });
});

describe.concurrent('nothing changes', () => {
  test('when the same bytes are saved again', async (context) => {
    const { expect } = context;
    const followed = followFile(context);
    const before = followed.store.current;
    writeFileSync(followed.file, FIRST);
    renameSync(followed.file, `${followed.file}.x`);
    renameSync(`${followed.file}.x`, followed.file);
    expect(await followed.watch.trigger()).toMatchObject({ kind: 'unchanged' });
    expect(followed.store.current).toBe(before);
    expect(followed.outcomes).toHaveLength(1);
  });

  test('when other files of the folder change', async (context) => {
    const { expect } = context;
    const followed = followFile(context);
    writeFileSync(join(followed.directory, 'router.toml.swp'), textOf(2000));
    writeFileSync(join(followed.directory, 'router.tom'), textOf(2000));
    expect(await followed.watch.trigger()).toMatchObject({ kind: 'unchanged' });
    expect(followed.swapped).toEqual([]);
  });

  test('when the file is broken: said once for each content, and over when it is mended', async (context) => {
    const { expect } = context;
    const followed = followFile(context);
    for (const broken of ['[server]\nport = 0\n# one\n', '[server\n', '[server]\nport = 0\n# two\n']) {
      const next = followed.next();
      writeFileSync(followed.file, broken);
      expect(await next).toMatchObject({ kind: 'rejected' });
      writeFileSync(followed.file, broken);
    }
    const next = followed.next();
    writeFileSync(followed.file, FIRST);
    expect(await next).toMatchObject({ kind: 'unchanged' });
    expect(followed.outcomes.map(({ kind }) => kind)).toEqual(['rejected', 'rejected', 'rejected', 'unchanged']);
    expect(followed.swapped).toEqual([]);
  });

  test('when the file is deleted: said once, and over when it returns', async (context) => {
    const { expect } = context;
    const followed = followFile(context);
    let next = followed.next();
    rmSync(followed.file);
    expect(await next).toMatchObject({ kind: 'unreadable', problems: [{ level: 'warning' }] });
    next = followed.next();
    writeFileSync(followed.file, FIRST);
    expect(await next).toMatchObject({ kind: 'unchanged' });
    const applied = followed.untilPort(2000);
    writeFileSync(followed.file, textOf(2000, 'a', 'b', 'c'));
    await applied;
    expect(followed.outcomes.map(({ kind }) => kind)).toEqual(['unreadable', 'unchanged', 'swapped']);
  });

  test('when something else stands in its place', async (context) => {
    const { expect } = context;
    const followed = followFile(context);
    const next = followed.next();
    rmSync(followed.file);
    mkdirSync(followed.file);
    expect(await next).toMatchObject({ kind: 'unreadable' });
    expect(followed.store.current.version).toBe(1);
  });
});

describe.concurrent('a file that is not there at the start', () => {
  test('is taken up when it appears', async (context) => {
    const { expect } = context;
    const followed = followFile(context, { text: undefined });
    const applied = followed.untilPort(2000);
    writeFileSync(followed.file, textOf(2000, 'a'));
    await applied;
    expect(followed.swapped).toEqual(['2 2000 a']);
    expect(followed.store.current.file).toBe(followed.file);
  });

  test('is taken up even when its folder appears later', async (context) => {
    const { expect } = context;
    const followed = followFile(context, { text: undefined });
    rmSync(followed.directory, { recursive: true });
    const applied = followed.untilPort(2000);
    mkdirSync(followed.directory);
    writeFileSync(followed.file, textOf(2000, 'a'));
    await applied;
    expect(followed.swapped).toEqual(['2 2000 a']);
  });
});

describe.concurrent('asked for', () => {
  test('a reload does not wait for signs that the file is complete', async (context) => {
    const { expect } = context;
    const followed = followFile(context);
    writeFileSync(followed.file, textOf(2000));
    expect(await followed.watch.trigger()).toMatchObject({ kind: 'swapped' });
    expect(followed.swapped).toEqual(['2 2000']);
  });

  test('a reload of a broken file says why, each time', async (context) => {
    const { expect } = context;
    const followed = followFile(context);
    writeFileSync(followed.file, 'broken = ');
    expect(await followed.watch.trigger()).toMatchObject({ kind: 'rejected', problems: [{ line: 1 }] });
    expect(await followed.watch.trigger()).toMatchObject({ kind: 'rejected', problems: [{ line: 1 }] });
  });

  test('many reloads at once are few', async (context) => {
    const { expect } = context;
    const followed = followFile(context);
    writeFileSync(followed.file, textOf(2000, 'a', 'b', 'c'));
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => followed.watch.trigger()));
    expect(new Set(outcomes.map(({ kind }) => kind)).has('rejected')).toBe(false);
    expect(followed.swapped).toEqual(['2 2000 a b c']);
    expect(followed.outcomes.length).toBeLessThanOrEqual(2);
  });

  test('after the end of the watch a reload is refused', async (context) => {
    const { expect } = context;
    const followed = followFile(context);
    const early = followed.watch.trigger();
    const refused = expect(early).rejects.toMatchObject({ code: 'server.draining' });
    await followed.watch.close();
    await refused;
    await expect(followed.watch.trigger()).rejects.toMatchObject({ code: 'server.draining' });
  });
});
