import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createId } from '../lib/ids.ts';
import type { MonitorRow } from '../monitor/monitor-messages.ts';
import { type JournalChunk, JournalReader, TAKEN_SUFFIX } from './journal-reader.ts';
import { JournalWriter } from './journal-writer.ts';

export interface RecordJournalOptions {
  /** Every file of the journal has this path with a dot and an id behind it. */
  readonly path: string;
  /** What the values of a row are. */
  readonly columns: readonly string[];
  /** Bound of all files together. */
  readonly maxBytes: number;
  /** What an operator should know: a file cannot be read, brought to the disk or deleted. */
  readonly onNotice: (message: string) => void;
}

/** A file that takes no more and waits to be read back. */
interface SealedFile {
  readonly file: string;
  readonly rows: number;
  readonly sizeBytes: number;
}

/**
 * Records that no database takes at present, in append-only files beside it. Reading back is not remembered across
 * processes, and two processes may read the same file: a record may come twice, and its ULID keeps it single in the
 * database.
 */
export class RecordJournal {
  readonly #options: RecordJournalOptions;
  #writer: JournalWriter | undefined;
  /** Oldest first. */
  #sealed: SealedFile[] = [];
  #reader: JournalReader | undefined;
  /** Of the file that is being read. */
  #readRows = 0;

  constructor(options: RecordJournalOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#writer === undefined && this.#sealed.length === 0;
  }

  get rows(): number {
    const sealed = this.#sealed.reduce((sum, { rows }) => sum + rows, 0);
    return Math.max(0, sealed + (this.#writer?.rows ?? 0) - this.#readRows);
  }

  get sizeBytes(): number {
    const sealed = this.#sealed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return sealed + (this.#writer?.sizeBytes ?? 0);
  }

  /** Takes up the files that other processes have left. A file keeps its name until it has been read. */
  adopt(): void {
    const known = new Set([this.#writer?.file, ...this.#sealed.map(({ file }) => file)]);
    for (const file of journalFiles(this.#options.path)) {
      if (known.has(file)) continue;
      try {
        this.#sealed.push({ file, rows: Math.max(0, countLines(file) - 1), sizeBytes: statSync(file).size });
      } catch (thrown) {
        this.#tell(file, 'cannot be read', thrown);
      }
    }
  }

  /** All of the batch or nothing. Throws where it does not fit or cannot be written. */
  append(rows: readonly MonitorRow[]): void {
    if (this.#writer?.isDetached === true) this.#closeWriter();
    if (this.#writer?.isBroken === true) this.#sealWriter(this.#writer);
    this.#write(rows);
    if (this.#writer?.isDetached !== true) return;
    // Another process may have read the file to its end just before. Where it has not, the ULIDs keep the rows single.
    this.#closeWriter();
    this.#write(rows);
  }

  /** The oldest records that are not confirmed yet; undefined where there are none. A file that fails is left alone. */
  next(): JournalChunk | undefined {
    for (let oldest = this.#oldest(); oldest !== undefined; oldest = this.#oldest()) {
      try {
        const chunk = this.#readFrom(oldest.file);
        if (chunk !== undefined) return chunk;
        this.#reader?.remove();
      } catch (thrown) {
        this.#tell(oldest.file, 'stays until the next start, as it cannot be read or deleted', thrown);
      }
      this.#sealed.shift();
      this.#closeReader();
    }
    return undefined;
  }

  /** What the chunk holds is in the database. */
  confirm(chunk: JournalChunk): void {
    this.#reader?.confirm(chunk);
    this.#readRows += chunk.rows.length + chunk.unreadable;
  }

  /** Everything is on the disk afterwards; a later process reads it back. */
  close(): void {
    this.#closeReader();
    this.#closeWriter();
  }

  #write(rows: readonly MonitorRow[]): void {
    const { path, columns, maxBytes } = this.#options;
    const roomBytes = maxBytes - this.sizeBytes;
    if (this.#writer !== undefined) this.#writer.append(rows, roomBytes);
    else this.#writer = new JournalWriter(`${path}.${createId()}`, { columns, rows, roomBytes });
  }

  /** The file that is written to is read last, and takes no more from then on. */
  #oldest(): SealedFile | undefined {
    if (this.#sealed.length === 0 && this.#writer !== undefined) this.#sealWriter(this.#writer);
    return this.#sealed[0];
  }

  #sealWriter({ file, rows, sizeBytes }: JournalWriter): void {
    this.#sealed.push({ file, rows, sizeBytes });
    this.#closeWriter();
  }

  #closeWriter(): void {
    const writer = this.#writer;
    this.#writer = undefined;
    try {
      writer?.close();
    } catch (thrown) {
      this.#tell(writer?.file, 'could not be brought to the disk', thrown);
    }
  }

  #closeReader(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    this.#readRows = 0;
    reader?.close();
  }

  /** Undefined at the end of the file, and where somebody took it away. */
  #readFrom(file: string): JournalChunk | undefined {
    if (this.#reader === undefined && !existsSync(file)) return undefined;
    this.#reader ??= new JournalReader(file, this.#options.columns);
    return this.#reader.next();
  }

  #tell(file: string | undefined, what: string, thrown: unknown): void {
    this.#options.onNotice(`the journal file ${file} ${what}: ${String(thrown)}`);
  }
}

/** Files of the journal, oldest first: ids sort by time. */
function journalFiles(path: string): readonly string[] {
  const directory = dirname(path);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const prefix = `${basename(path)}.`;
  const names = readdirSync(directory).filter((name) => name.startsWith(prefix) && isEnding(name.slice(prefix.length)));
  return names.sort().map((name) => join(directory, name));
}

/** An id, of a file that is read to its end with a word behind it. */
function isEnding(text: string): boolean {
  return /^[0-9A-Z]{26}$/.test(text.endsWith(TAKEN_SUFFIX) ? text.slice(0, -TAKEN_SUFFIX.length) : text);
}

const NEWLINE = 0x0a;

function countLines(file: string): number {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  const fd = openSync(file, 'r');
  try {
    let lines = 0;
    for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) {
      const bytes = buffer.subarray(0, length);
      for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
    }
    return lines;
  } finally {
    closeSync(fd);
  }
}
