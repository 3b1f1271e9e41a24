import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const FILES = ['left.txt', 'right.txt'] as const;

export const TASK = `Read the files ${FILES.join(' and ')} in this folder and reply with their content.`;

/** What stands in one file: nobody can guess it, and it is no plain ASCII. */
const WORD = /\bWORD ([0-9a-f]{12}-é漢字🦊)/gu;

const newWord = (): string => `${randomBytes(6).toString('hex')}-é漢字🦊`;

/** A folder with two files, and a home of its own for the agent that is to read them. */
export interface Task {
  readonly folder: string;
  readonly home: string;
  /** For whatever else is written on the way. */
  readonly scratch: string;
  /** The sentence that proves that both words went from the files to the model and back. */
  readonly expected: string;
  report(words: ReadonlySet<string>): string;
  remove(): void;
}

/** The different words in a text, in their order. */
export function wordsIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(WORD)].map(([, word = '']) => word));
}

/** `parent` is a path without symbolic links: agents compare it with their working directory. */
export function createTask(parent: string): Task {
  const root = mkdtempSync(join(parent, 'task-'));
  const [folder, home, scratch] = [join(root, 'project'), join(root, 'home'), join(root, 'scratch')];
  for (const path of [folder, home, scratch]) mkdirSync(path);
  const words = FILES.map(newWord);
  for (const [index, file] of FILES.entries()) writeFileSync(join(folder, file), `WORD ${words[index]}\n`);
  const report = (found: ReadonlySet<string>): string => `The files say ${[...found].sort().join(' and ')}.`;
  return {
    folder,
    home,
    scratch,
    expected: report(new Set(words)),
    report,
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Files of the agent's own configuration, by their paths below its home. */
export function furnishHome({ home }: Task, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
}
