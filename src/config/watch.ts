import { dirname, resolve } from 'node:path';
import { watch } from 'chokidar';
import { readSignature } from './file-state.ts';
import { FileFollower, type FollowOptions, type FollowWindows } from './follow-file.ts';
import type { ReloadOutcome } from './reloader.ts';
import { SETTLE_WINDOWS } from './settle.ts';

/** All in milliseconds. */
export interface WatchWindows extends FollowWindows {
  /** Between two looks at size, times and inode of the file. */
  readonly pollMs: number;
  /** Between two reads of the file when nothing seems to happen: two changes may look the same from outside. */
  readonly rereadMs: number;
}

export const WATCH_WINDOWS: WatchWindows = { ...SETTLE_WINDOWS, tickMs: 50, pollMs: 250, rereadMs: 2000 };

export interface WatchOptions extends Omit<FollowOptions, 'windows'> {
  readonly windows?: WatchWindows;
}

export interface RouterTomlWatch {
  /** Reads the file now, without waiting for signs of completeness. Rejects when the watch is closed first. */
  trigger(): Promise<ReloadOutcome>;
  close(): Promise<void>;
}

/**
 * Follows router.toml, which need not exist yet. Events of its directory make it quick; looking at the path at
 * intervals makes it sure, because events miss symbolic links that are swapped further up, and may fail altogether.
 */
export function watchRouterToml(options: WatchOptions): RouterTomlWatch {
  const { windows = WATCH_WINDOWS, clock, onError } = options;
  const file = resolve(options.file);
  const directory = dirname(file);
  const follower = new FileFollower({ ...options, file, windows });

  const events = watch(directory, {
    depth: 0,
    ignoreInitial: true,
    ignored: (path) => path !== directory && path !== file,
  });
  events.on('all', () => follower.wake());
  events.on('error', onError);

  let readAt = clock.now();
  let isLooking = false;
  async function look(): Promise<void> {
    // A file system that hangs must not gather more and more looks.
    if (isLooking) return;
    isLooking = true;
    const isChanged = (await readSignature(file)) !== follower.signature;
    isLooking = false;
    if (!isChanged && clock.now() - readAt < windows.rereadMs) return;
    readAt = clock.now();
    follower.wake();
  }
  const poll = setInterval(() => void look().catch(onError), windows.pollMs).unref();

  return {
    trigger: () => follower.request(),
    async close() {
      clearInterval(poll);
      await Promise.all([events.close(), follower.close()]);
    },
  };
}
