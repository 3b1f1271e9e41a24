import { closeSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, statfsSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { MonitorRow } from '../monitor/monitor-messages.ts';
import { identityOf } from './file-identity.ts';
import { columnsLine, rowLines } from './journal-lines.ts';

const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** So much of the disk, or a tenth of a small one, is left to the database that has to come back. */
const RESERVED_BYTES = 64 * 1024 * 1024;
const RESERVED_SHARE = 0.1;

/** Appends records to one journal file, which it creates. A batch is in the file as a whole or not at all. */
export class JournalWriter {
  readonly file: string;
  readonly #fd: number;
  readonly #identity: string | undefined;
  #sizeBytes: number;
  #rows = 0;

  /** Throws where the file exists or cannot be created. */
  constructor(file: string, columns: readonly string[]) {
    this.file = file;
    mkdirSync(dirname(file), { recursive: true, mode: DIRECTORY_MODE });
    this.#fd = openSync(file, 'ax', FILE_MODE);
    this.#identity = identityOf(file);
    this.#sizeBytes = 0;
    this.#write(columnsLine(columns));
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

  /** Throws where the batch does not fit into `roomBytes` or onto the disk. */
  append(rows: readonly MonitorRow[], roomBytes: number): void {
    const lines = rowLines(rows);
    if (Buffer.byteLength(lines) > roomBytes) throw new Error('the journal is full');
    if (Buffer.byteLength(lines) > freeBytes(dirname(this.file))) throw new Error('the disk has no room for a journal');
    this.#write(lines);
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

  #write(text: string): void {
    const bytes = Buffer.from(text);
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#fd, bytes, written);
    } catch (thrown) {
      // The batch is tried again as a whole, and the line after half a line could not be read.
      ftruncateSync(this.#fd, this.#sizeBytes);
      throw thrown;
    }
    this.#sizeBytes = fstatSync(this.#fd).size;
  }
}

function freeBytes(directory: string): number {
  const { bavail, blocks, bsize } = statfsSync(directory);
  return bavail * bsize - Math.min(RESERVED_BYTES, blocks * bsize * RESERVED_SHARE);
}
