import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

type FileCall = 'ftruncateSync' | 'renameSync' | 'rmSync' | 'statfsSync' | 'statSync' | 'writeSync';

/**
 * Has calls of the operating system end as they do on a failing disk, or lets another process in at an exact moment:
 * neither can be had in earnest. Ends with the test or with the function it returns.
 */
export function interpose(calls: Readonly<Partial<Record<FileCall, (...args: never[]) => unknown>>>): () => void {
  const names = Object.keys(calls) as FileCall[];
  const real = Object.fromEntries(names.map((name) => [name, fs[name]]));
  const put = (functions: object): void => {
    Object.assign(fs, functions);
    syncBuiltinESMExports();
  };
  put(calls);
  onTestFinished(() => put(real));
  return () => put(real);
}

/** An error as the operating system gives it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: interposed`), { code });
}
