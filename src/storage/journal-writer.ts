import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { MonitorRow } from '../monitor/monitor-messages.ts';
import { identityOf, identityOfOpen } from './file-identity.ts';
import { DIRECTORY_MODE, FILE_MODE } from './file-modes.ts';
import { columnsLine, rowLines } from './journal-lines.ts';

/** So much of the disk, or a tenth of a small one, is left to the database that has to come back. */
const RESERVED_BYTES = 64 * 1024 * 1024;
const RESERVED_SHARE = 0.1;

interface FirstBatch {
  readonly columns: readonly string[];
  readonly rows: readonly MonitorRow[];
  readonly roomBytes: number;
}

/** Appends records to one journal file, which it creates. A batch is in the file as a whole or not at all. */
export class JournalWriter {
  readonly file: string;
  readonly #fd: number;
  readonly #identity: string;
  #sizeBytes = 0;
  #rows = 0;
  #isBroken = false;

  /** Begins the file with a batch. Where that fails, or the file exists, it throws and leaves nothing behind. */
  constructor(file: string, { columns, rows, roomBytes }: FirstBatch) {
    this.file = file;
    const directory = dirname(file);
    mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
    const bytes = Buffer.from(columnsLine(columns) + rowLines(rows));
    assertRoom(bytes, directory, roomBytes);
    this.#fd = openSync(file, 'ax', FILE_MODE);
    try {
      this.#identity = identityOfOpen(this.#fd);
      this.#write(bytes);
    } catch (thrown) {
      closeSync(this.#fd);
      rmSync(file, { force: true });
      throw thrown;
    }
    this.#rows = rows.length;
  }

  get rows(): number {
    return this.#rows;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The name leads to another file or to none: what is written now would be seen by nobody. */
  get isDetached(): boolean {
    return identityOf(this.file) !== this.#identity;
  }

  /** The file ends in half a line, to which nothing can be added. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Throws where the batch does not fit into `roomBytes` or onto the disk. */
  append(rows: readonly MonitorRow[], roomBytes: number): void {
    const bytes = Buffer.from(rowLines(rows));
    assertRoom(bytes, dirname(this.file), roomBytes);
    this.#write(bytes);
    this.#rows += rows.length;
  }

  /** Brings everything to the disk and closes the file. */
  close(): void {
    try {
      fsyncSync(this.#fd);
    } finally {
      closeSync(this.#fd);
    }
  }

  #write(bytes: Buffer): void {
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#fd, bytes, written);
    } catch (thrown) {
      // The batch is tried again as a whole, and the line after half a line could not be read.
      this.#isBroken = true;
      ftruncateSync(this.#fd, this.#sizeBytes);
      this.#isBroken = false;
      throw thrown;
    }
    this.#sizeBytes += bytes.length;
  }
}

function assertRoom({ length }: Buffer, directory: string, roomBytes: number): void {
  if (length > roomBytes) throw new Error('the journal is full');
  if (length > freeBytes(directory)) throw new Error('the disk has no room for a journal');
}

function freeBytes(directory: string): number {
  const { bavail, blocks, bsize } = statfsSync(directory);
  return bavail * bsize - Math.min(RESERVED_BYTES, blocks * bsize * RESERVED_SHARE);
}
