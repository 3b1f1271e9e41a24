import { closeSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import type { MonitorRow } from '../monitor/monitor-messages.ts';
import { columnMapper, readJournalLine } from './journal-lines.ts';

/** Some records of a journal file, to be written as one batch. */
export interface JournalChunk {
  readonly rows: readonly MonitorRow[];
  /** Lines that hold no record that could be read. */
  readonly unreadable: number;
  /** Where the next chunk begins, in bytes. */
  readonly endOffset: number;
}

/** Stands behind the name of a file that nobody writes to any more. */
export const TAKEN_SUFFIX = '.read';

/** How much is read at once; no record is longer. */
const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * Reads one journal file from its beginning to its end, a chunk at a time. Another process may still write to it, and
 * looks after each batch whether the name still leads to its file. So the name goes first, then what came until then is
 * read, and the file is deleted last: whatever is written later is written once more elsewhere.
 */
export class JournalReader {
  #file: string;
  readonly #fd: number;
  readonly #columns: readonly string[];
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  #offset = 0;
  #isTaken: boolean;
  #map: ((row: MonitorRow) => MonitorRow | undefined) | undefined;

  /** Rows come in the order of `columns`. Throws where the file cannot be opened. */
  constructor(file: string, columns: readonly string[]) {
    this.#file = file;
    this.#isTaken = file.endsWith(TAKEN_SUFFIX);
    this.#fd = openSync(file, 'r');
    this.#columns = columns;
  }

  /** The chunk after the last one that was confirmed; undefined at the end of the file. */
  next(): JournalChunk | undefined {
    const chunk = this.#readChunk();
    if (chunk !== undefined || this.#isTaken) return chunk;
    this.#take();
    return this.#readChunk();
  }

  /** What the chunk holds is safe elsewhere. */
  confirm(chunk: JournalChunk): void {
    this.#offset = chunk.endOffset;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Only at the end of the file. */
  remove(): void {
    rmSync(this.#file, { force: true });
  }

  #take(): void {
    const taken = this.#file + TAKEN_SUFFIX;
    try {
      renameSync(this.#file, taken);
    } catch (thrown) {
      // Somebody else has taken or deleted it; what it holds is open here.
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
    }
    this.#file = taken;
    this.#isTaken = true;
  }

  #readChunk(): JournalChunk | undefined {
    const length = readSync(this.#fd, this.#buffer, 0, CHUNK_BYTES, this.#offset);
    const bytes = this.#buffer.subarray(0, length);
    // A line without an end may be in the middle of being written, unless it is too long or the file is taken.
    const isAll = this.#isTaken || length === CHUNK_BYTES;
    const end = bytes.lastIndexOf(NEWLINE) + 1 || (isAll ? length : 0);
    if (end === 0) return undefined;
    return { ...this.#readLines(bytes.toString('utf8', 0, end)), endOffset: this.#offset + end };
  }

  #readLines(text: string): Pick<JournalChunk, 'rows' | 'unreadable'> {
    const rows: MonitorRow[] = [];
    let unreadable = 0;
    const lines = text.split('\n');
    for (const [at, line] of lines.entries()) {
      if (line === '') continue;
      const found = readJournalLine(line);
      if (found?.kind === 'columns') {
        this.#map = columnMapper(found.columns, this.#columns);
        continue;
      }
      const row = found && this.#map?.(found.row);
      if (row !== undefined) rows.push(row);
      // Half a line belongs to a batch that was never said to be written.
      else if (at < lines.length - 1) unreadable += 1;
    }
    return { rows, unreadable };
  }
}
