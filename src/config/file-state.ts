import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

/** What stands at a path at one moment. */
export type FileState =
  | {
      readonly kind: 'content';
      readonly bytes: Uint8Array;
      /** Of the file before it was read, so that a change meanwhile shows later. */
      readonly signature: string;
      /** Somebody wrote while it was read. */
      readonly isTorn: boolean;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly reason: string };

interface FileStats {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

const MISSING_CODES = new Set(['ENOENT', 'ENOTDIR']);

function signatureOfStats({ dev, ino, size, mtimeNs, ctimeNs }: FileStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

function codeOf(thrown: unknown): string {
  const code: unknown = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return typeof code === 'string' ? code : String(thrown);
}

function failedState(thrown: unknown): FileState {
  const code = codeOf(thrown);
  return MISSING_CODES.has(code) ? { kind: 'missing' } : { kind: 'unreadable', reason: code };
}

export function signatureOf(state: FileState): string {
  if (state.kind === 'content') return state.signature;
  return state.kind === 'missing' ? 'missing' : state.reason;
}

/** Changes whenever what `readFileState` would read may have changed. Follows symbolic links; never rejects. */
export async function readSignature(path: string): Promise<string> {
  try {
    return signatureOfStats(await stat(path, { bigint: true }));
  } catch (thrown) {
    return signatureOf(failedState(thrown));
  }
}

/** The first `length` bytes, or fewer when the file ends earlier. */
async function readBytes(handle: FileHandle, length: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function readHandle(handle: FileHandle, maxBytes: number): Promise<FileState> {
  const before = await handle.stat({ bigint: true });
  if (!before.isFile()) return { kind: 'unreadable', reason: 'not a file' };
  const size = Number(before.size);
  // One byte more than allowed is enough to tell that it is too much.
  const bytes = await readBytes(handle, Math.min(size, maxBytes + 1));
  const signature = signatureOfStats(before);
  const isShort = bytes.length < Math.min(size, maxBytes + 1);
  const hasChanged = signatureOfStats(await handle.stat({ bigint: true })) !== signature;
  return { kind: 'content', bytes, signature, isTorn: isShort || hasChanged };
}

/** Reads a file, at most one byte more than `maxBytes`. Follows symbolic links; never rejects. */
export async function readFileState(path: string, maxBytes: number): Promise<FileState> {
  try {
    // Without O_NONBLOCK, a named pipe in the file's place would hold up a thread for ever.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      return await readHandle(handle, maxBytes);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    return failedState(thrown);
  }
}

export function isSameState(left: FileState, right: FileState): boolean {
  if (left.kind === 'content') return right.kind === 'content' && Buffer.compare(left.bytes, right.bytes) === 0;
  if (left.kind === 'unreadable') return right.kind === 'unreadable' && left.reason === right.reason;
  return right.kind === 'missing';
}
