import fs, { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { MonitorRow } from '../../../src/monitor/monitor-messages.ts';
import { RecordJournal } from '../../../src/storage/record-journal.ts';
import { interpose, systemError } from './interpose.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const IDS = ['01JD4ZQ8Y3M7V5T2X9K6W0B1CD', '01JD4ZQ8Y3M7V5T2X9K6W0B1CE'] as const;
const { renameSync, writeSync } = fs;

function newPath(): string {
  return join(temporaryDirectory(), 'monitor.journal');
}

function openJournal(path: string, notices: string[] = []): RecordJournal {
  const onNotice = (message: string): void => void notices.push(message);
  const journal = new RecordJournal({ path, columns: ['uid'], maxBytes: 1024 ** 2, onNotice });
  onTestFinished(() => journal.close());
  journal.adopt();
  return journal;
}

function row(uid: string): MonitorRow {
  return [uid];
}

function lines(...uids: string[]): string {
  return [{ columns: ['uid'] }, ...uids.map(row)].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Everything that waits, confirmed as it is read. */
function readAll(journal: RecordJournal): { uids: unknown[]; unreadable: number } {
  const uids: unknown[] = [];
  let unreadable = 0;
  for (let chunk = journal.next(); chunk !== undefined; chunk = journal.next()) {
    uids.push(...chunk.rows.flat());
    unreadable += chunk.unreadable;
    journal.confirm(chunk);
  }
  return { uids, unreadable };
}

/** Half of what is to be written goes to the disk, and nothing more. */
function writeHalf(fd: number, bytes: Buffer, from: number): never {
  writeSync(fd, bytes, from, (bytes.length - from) >> 1);
  throw systemError('ENOSPC');
}

test('a batch that no file can be begun with leaves no file behind', () => {
  const path = newPath();
  const journal = openJournal(path);
  const open = readdirSync('/dev/fd').length;
  const heal = interpose({ writeSync: writeHalf });
  for (let tries = 0; tries < 3; tries += 1) expect(() => journal.append([row('a')])).toThrow('ENOSPC');
  heal();
  expect([readdirSync(dirname(path)), readdirSync('/dev/fd').length]).toEqual([[], open]);
  expect([journal.isEmpty, journal.rows, journal.sizeBytes]).toEqual([true, 0, 0]);
  journal.append([row('a')]);
  expect(readAll(journal)).toEqual({ uids: ['a'], unreadable: 0 });
});

test('on a disk without room no file is begun', () => {
  const path = newPath();
  const journal = openJournal(path);
  const begun: string[] = [];
  interpose({
    statfsSync: () => ({ bavail: 16_384, blocks: 1e6, bsize: 4096 }),
    rmSync: (file: string) => begun.push(file),
  });
  expect(() => journal.append([row('a')])).toThrow('no room');
  expect([begun, readdirSync(dirname(path))]).toEqual([[], []]);
});

test.each(['can', 'cannot'])('half a batch that %s be cut off costs nothing else', (word) => {
  const journal = openJournal(newPath());
  journal.append([row('a')]);
  const cut = word === 'can' ? {} : { ftruncateSync: () => expect.fail('EIO') };
  const heal = interpose({ writeSync: writeHalf, ...cut });
  expect(() => journal.append([row('b'), row('c'), row('d')])).toThrow(word === 'can' ? 'ENOSPC' : 'EIO');
  heal();
  journal.append([row('e')]);
  journal.append([row('f')]);
  const { uids, unreadable } = readAll(journal);
  // Whole lines of a batch that is tried again may stay: they come twice.
  expect(uids.filter((uid) => uid !== 'b')).toEqual(['a', 'e', 'f']);
  expect([unreadable, journal.isEmpty]).toEqual([0, true]);
});

test('an empty file and one that another process was about to delete are taken up', () => {
  const path = newPath();
  writeFileSync(`${path}.${IDS[0]}`, '');
  const journal = openJournal(path);
  expect([journal.rows, journal.isEmpty]).toEqual([0, false]);
  writeFileSync(`${path}.${IDS[1]}.read`, lines('a'));
  journal.adopt();
  expect(journal.rows).toBe(1);
  expect(readAll(journal).uids).toEqual(['a']);
  expect(readdirSync(dirname(path))).toEqual([]);
});

test('a file that cannot be read is left alone, and the others are read', () => {
  const path = newPath();
  const notices: string[] = [];
  mkdirSync(`${path}.${IDS[0]}`);
  writeFileSync(`${path}.${IDS[1]}`, lines('a'));
  expect(readAll(openJournal(path, notices)).uids).toEqual(['a']);
  expect(notices).toEqual([expect.stringContaining(`${IDS[0]} cannot be read`)]);
});

test('also when it was sound at the start', () => {
  const path = newPath();
  const notices: string[] = [];
  for (const id of IDS) writeFileSync(`${path}.${id}`, lines(id));
  const journal = openJournal(path, notices);
  rmSync(`${path}.${IDS[0]}`);
  mkdirSync(`${path}.${IDS[0]}`);
  expect(readAll(journal).uids).toEqual([IDS[1]]);
  expect(notices).toEqual([expect.stringContaining(`${IDS[0]} stays`)]);
  expect(journal.isEmpty).toBe(true);
});

test('a file that cannot be deleted is read once and not in the way', () => {
  const path = newPath();
  const notices: string[] = [];
  for (const id of IDS) writeFileSync(`${path}.${id}`, lines(id));
  const journal = openJournal(path, notices);
  interpose({ rmSync: () => expect.fail('EBUSY') });
  expect(readAll(journal).uids).toEqual(IDS);
  expect(notices).toEqual([expect.stringContaining('EBUSY'), expect.stringContaining('EBUSY')]);
  expect([journal.isEmpty, journal.rows]).toEqual([true, 0]);
});

test('what another process adds while a file is taken from it comes out of one of the two', () => {
  const path = newPath();
  const writing = openJournal(path);
  writing.append([row('a')]);
  const reading = openJournal(path);
  const heal = interpose({
    renameSync: (from: string, to: string) => {
      writing.append([row('b')]);
      renameSync(from, to);
      writing.append([row('c')]);
    },
  });
  expect(readAll(reading)).toEqual({ uids: ['a', 'b'], unreadable: 0 });
  heal();
  expect(readAll(writing)).toEqual({ uids: ['c'], unreadable: 0 });
  expect(readdirSync(dirname(path))).toEqual([]);
});

test('a batch whose file is read and deleted in the middle of it is written again', () => {
  const path = newPath();
  const writing = openJournal(path);
  writing.append([row('a')]);
  const reading = openJournal(path);
  const found: unknown[] = [];
  const heal = interpose({
    writeSync: (fd: number, bytes: Buffer, from: number) => {
      const half = writeSync(fd, bytes, from, Math.ceil((bytes.length - from) / 2));
      found.push(readAll(reading));
      return half;
    },
  });
  writing.append([row('b')]);
  heal();
  expect(found[0]).toEqual({ uids: ['a'], unreadable: 0 });
  expect(readAll(writing)).toEqual({ uids: ['b'], unreadable: 0 });
  expect(readdirSync(dirname(path))).toEqual([]);
});
