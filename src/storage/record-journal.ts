import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createId } from '../lib/ids.ts';
import type { MonitorRow } from '../monitor/monitor-messages.ts';
import { type JournalChunk, JournalReader } from './journal-reader.ts';
import { JournalWriter } from './journal-writer.ts';

export interface RecordJournalOptions {
  /** Every file of the journal has this path with a dot and an id behind it. */
  readonly path: string;
  /** What the values of a row are. */
  readonly columns: readonly string[];
  /** Bound of all files together. */
  readonly maxBytes: number;
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

  /** Takes over the files that a process before this one has left. */
  adopt(): void {
    const known = new Set([this.#writer?.file, ...this.#sealed.map(({ file }) => file)]);
    for (const file of journalFiles(this.#options.path)) {
      if (known.has(file)) continue;
      this.#sealed.push({ file, rows: countLines(file) - 1, sizeBytes: statSync(file).size });
    }
  }

  /** All of the batch or nothing. Throws where it does not fit or cannot be written. */
  append(rows: readonly MonitorRow[]): void {
    if (this.#writer?.isDetached === true) this.#closeWriter();
    this.#writer ??= new JournalWriter(`${this.#options.path}.${createId()}`, this.#options.columns);
    this.#writer.append(rows, this.#options.maxBytes - this.sizeBytes);
  }

  /** The oldest records that are not confirmed yet; undefined where there are none. */
  next(): JournalChunk | undefined {
    for (let oldest = this.#oldest(); oldest !== undefined; oldest = this.#oldest()) {
      const chunk = this.#readFrom(oldest.file);
      if (chunk !== undefined) return chunk;
      this.#finish(oldest);
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
    this.#reader?.close();
    this.#reader = undefined;
    this.#closeWriter();
  }

  /** The file that is written to is read last, and takes no more from then on. */
  #oldest(): SealedFile | undefined {
    const writer = this.#writer;
    if (this.#sealed.length === 0 && writer !== undefined) {
      this.#sealed.push({ file: writer.file, rows: writer.rows, sizeBytes: writer.sizeBytes });
      this.#closeWriter();
    }
    return this.#sealed[0];
  }

  #closeWriter(): void {
    const writer = this.#writer;
    this.#writer = undefined;
    writer?.close();
  }

  /** Undefined at the end of the file, and where somebody took it away. */
  #readFrom(file: string): JournalChunk | undefined {
    if (this.#reader === undefined && !existsSync(file)) return undefined;
    this.#reader ??= new JournalReader(file, this.#options.columns);
    return this.#reader.next();
  }

  #finish({ file }: SealedFile): void {
    this.#reader?.close();
    this.#reader = undefined;
    this.#readRows = 0;
    rmSync(file, { force: true });
    this.#sealed.shift();
  }
}

/** Files of the journal, oldest first: ids sort by time. */
function journalFiles(path: string): readonly string[] {
  const directory = dirname(path);
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const prefix = `${basename(path)}.`;
  const names = readdirSync(directory).filter((name) => name.startsWith(prefix) && isId(name.slice(prefix.length)));
  return names.sort().map((name) => join(directory, name));
}

function isId(text: string): boolean {
  return /^[0-9A-Z]{26}$/.test(text);
}

const NEWLINE = 0x0a;

function countLines(file: string): number {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  const fd = openSync(file, 'r');
  let lines = 0;
  for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) {
    const bytes = buffer.subarray(0, length);
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  }
  closeSync(fd);
  return lines;
}
