import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export type OnEnd = (cleanUp: () => void | Promise<void>) => void;

/** An empty directory that goes at the end, which is the end of the test unless `onEnd` says otherwise. */
export function temporaryDirectory(onEnd: OnEnd = onTestFinished): string {
  const directory = mkdtempSync(join(tmpdir(), 'router-storage-'));
  onEnd(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
