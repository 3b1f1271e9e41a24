import { closeSync, openSync, readSync } from 'node:fs';
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

/** How much is read at once; no record is longer. */
const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/** Reads one journal file from its beginning to its end, a chunk at a time. */
export class JournalReader {
  readonly #fd: number;
  readonly #columns: readonly string[];
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  #offset = 0;
  #map: ((row: MonitorRow) => MonitorRow | undefined) | undefined;

  /** Rows come in the order of `columns`. Throws where the file cannot be opened. */
  constructor(file: string, columns: readonly string[]) {
    this.#fd = openSync(file, 'r');
    this.#columns = columns;
  }

  /** The chunk after the last one that was confirmed; undefined at the end of the file. */
  next(): JournalChunk | undefined {
    const length = readSync(this.#fd, this.#buffer, 0, CHUNK_BYTES, this.#offset);
    if (length === 0) return undefined;
    const bytes = this.#buffer.subarray(0, length);
    // The last line has no end where a process was killed in the middle of it: what is there is taken as it is.
    const end = bytes.lastIndexOf(NEWLINE) + 1 || length;
    return { ...this.#read(bytes.toString('utf8', 0, end)), endOffset: this.#offset + end };
  }

  /** What the chunk holds is safe elsewhere. */
  confirm(chunk: JournalChunk): void {
    this.#offset = chunk.endOffset;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #read(text: string): Pick<JournalChunk, 'rows' | 'unreadable'> {
    const rows: MonitorRow[] = [];
    let unreadable = 0;
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const found = readJournalLine(line);
      if (found?.kind === 'columns') {
        this.#map = columnMapper(found.columns, this.#columns);
        continue;
      }
      const row = found && this.#map?.(found.row);
      if (row === undefined) unreadable += 1;
      else rows.push(row);
    }
    return { rows, unreadable };
  }
}
