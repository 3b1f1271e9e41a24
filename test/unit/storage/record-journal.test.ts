import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { MonitorRow } from '../../../src/monitor/monitor-messages.ts';
import { RecordJournal, type RecordJournalOptions } from '../../../src/storage/record-journal.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const COLUMNS = ['uid', 'text', 'number'];

function newPath(): string {
  return join(temporaryDirectory(), 'data', 'monitor.journal');
}

function openJournal(path: string, changes: Partial<RecordJournalOptions> = {}): RecordJournal {
  const onNotice = (message: string): void => expect(message).toBe('');
  const journal = new RecordJournal({ path, columns: COLUMNS, maxBytes: 1024 ** 2, onNotice, ...changes });
  onTestFinished(() => journal.close());
  journal.adopt();
  return journal;
}

/** Everything that waits, confirmed as it is read, with the number of lines that could not be read. */
function readAll(journal: RecordJournal): { rows: MonitorRow[]; unreadable: number } {
  const rows: MonitorRow[] = [];
  let unreadable = 0;
  for (let chunk = journal.next(); chunk !== undefined; chunk = journal.next()) {
    rows.push(...chunk.rows);
    unreadable += chunk.unreadable;
    journal.confirm(chunk);
  }
  return { rows, unreadable };
}

function filesOf(path: string): string[] {
  return readdirSync(dirname(path)).map((name) => join(dirname(path), name));
}

function onlyFile(path: string): string {
  const [file, ...others] = filesOf(path);
  if (file === undefined || others.length > 0) throw new Error('expected one file');
  return file;
}

function sortedLines(rows: readonly MonitorRow[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

const cell = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constant(null),
);
const row = fc
  .tuple(cell, cell, cell)
  .map((cells): MonitorRow => cells.map((value) => (Object.is(value, -0) ? 0 : value)));

test('what goes in comes out once, across processes that end in any way', () => {
  const step = fc.record({
    rows: fc.array(row, { maxLength: 5 }),
    end: fc.constantFrom('none', 'close', 'kill', 'read'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const path = newPath();
      let journal = openJournal(path);
      const expected: MonitorRow[] = [];
      const found: MonitorRow[] = [];
      for (const { rows, end } of steps) {
        journal.append(rows);
        expected.push(...rows);
        if (end === 'close') journal.close();
        if (end === 'close' || end === 'kill') journal = openJournal(path);
        if (end === 'read') found.push(...readAll(journal).rows);
        expect(journal.rows).toBe(expected.length - found.length);
      }
      found.push(...readAll(journal).rows);
      // Files that were begun within one millisecond have no order.
      expect(sortedLines(found)).toEqual(sortedLines(expected));
      expect([journal.rows, journal.sizeBytes, journal.isEmpty]).toEqual([0, 0, true]);
      if (steps.length > 0) expect(filesOf(path)).toEqual([]);
    }),
    { numRuns: 25 },
  );
});

test('what was read and not confirmed is read again', () => {
  const journal = openJournal(newPath());
  journal.append([['a', 'x', 1]]);
  expect(journal.next()?.rows).toEqual([['a', 'x', 1]]);
  journal.append([['b', 'y', 2]]);
  expect(journal.next()?.rows).toEqual([['a', 'x', 1]]);
  expect(readAll(journal).rows).toEqual([
    ['a', 'x', 1],
    ['b', 'y', 2],
  ]);
});

test('a journal that is longer than one chunk is read in several', () => {
  const journal = openJournal(newPath(), { maxBytes: 1024 ** 3 });
  const rows = Array.from({ length: 5000 }, (_, index): MonitorRow => [String(index), 'ü'.repeat(300), index]);
  journal.append(rows);
  expect(journal.next()?.rows.length).toBeLessThan(5000);
  expect(readAll(journal)).toEqual({ rows, unreadable: 0 });
});

test('takes no more than its bound, a batch as a whole or not at all, and has room again afterwards', () => {
  const path = newPath();
  const journal = openJournal(path, { maxBytes: 10_000 });
  const batch = Array.from({ length: 7 }, (_, index): MonitorRow => [`${index}`, 'x'.repeat(100), index]);
  let taken = 0;
  expect(() => {
    for (; ; taken += 1) journal.append(batch);
  }).toThrow('full');
  expect(taken).toBeGreaterThan(8);
  expect(journal.sizeBytes).toBeLessThanOrEqual(10_000);
  expect(statSync(onlyFile(path)).size).toBe(journal.sizeBytes);
  expect(readAll(journal).rows).toHaveLength(taken * 7);
  journal.append(batch);
  expect(readAll(journal).rows).toEqual(batch);
});

test('a file that was cut anywhere gives every whole record before the cut', () => {
  const rows = Array.from({ length: 20 }, (_, index): MonitorRow => [`uid-${index}`, 'text', index]);
  for (let cut = 1; cut < 200; cut += 7) {
    const path = newPath();
    const first = openJournal(path);
    first.append(rows);
    first.close();
    truncateSync(onlyFile(path), statSync(onlyFile(path)).size - cut);
    const whole = readFileSync(onlyFile(path), 'utf8').split('\n').length - 2;
    const { rows: found, unreadable } = readAll(openJournal(path));
    // Without its line break the last record may still be whole.
    expect(found.slice(0, whole)).toEqual(rows.slice(0, whole));
    expect(found.length + unreadable).toBeLessThanOrEqual(whole + 1);
  }
});

test('damaged lines are counted, and the others are read', () => {
  const path = newPath();
  const first = openJournal(path);
  first.append([['a', 'x', 1]]);
  first.close();
  const bad = ['{"columns":1}', 'no json', '["too","short"]', '[1,2,{}]', '[1,2,true]', '7', 'null', '\u0000'];
  appendFileSync(onlyFile(path), `${bad.join('\n')}\n["b","y",2]\n`);
  expect(readAll(openJournal(path))).toEqual({
    rows: [
      ['a', 'x', 1],
      ['b', 'y', 2],
    ],
    unreadable: bad.length,
  });
});

test('a file of a version with other columns is read by their names', () => {
  const path = newPath();
  const older = openJournal(path, { columns: ['number', 'gone', 'uid'] });
  older.append([[1, 'dropped', 'a']]);
  older.close();
  expect(readAll(openJournal(path)).rows).toEqual([['a', null, 1]]);
});

test('only files of the journal are taken over, and one without a beginning is not in the way', () => {
  const path = newPath();
  const first = openJournal(path);
  first.append([['a', 'x', 1]]);
  first.close();
  writeFileSync(`${path}.notes`, 'not ours');
  writeFileSync(`${path}.01JD4ZQ8Y3M7V5T2X9K6W0B1CD`, '["b","y",2]\n');
  const journal = openJournal(path);
  expect(readAll(journal)).toEqual({ rows: [['a', 'x', 1]], unreadable: 1 });
  expect(filesOf(path)).toEqual([`${path}.notes`]);
});

test('a file that somebody deletes costs what was in it, and nothing that comes later', () => {
  const path = newPath();
  const journal = openJournal(path);
  journal.append([['a', 'x', 1]]);
  rmSync(dirname(path), { recursive: true });
  journal.append([['b', 'y', 2]]);
  expect(readAll(journal).rows).toEqual([['b', 'y', 2]]);
  journal.append([['c', 'z', 3]]);
  rmSync(onlyFile(path));
  expect(readAll(journal).rows).toEqual([]);
  expect(journal.isEmpty).toBe(true);
});

test('is for its owner only', () => {
  const path = newPath();
  openJournal(path).append([['a', 'x', 1]]);
  expect((statSync(onlyFile(path)).mode & 0o777).toString(8)).toBe('600');
  expect((statSync(dirname(path)).mode & 0o777).toString(8)).toBe('700');
});
