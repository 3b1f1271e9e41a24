/** What may be logged of an error that nobody foresaw. */
export interface CrashDescription {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
  /** Where it was thrown: functions, files and lines. */
  readonly frames: readonly string[];
}

const MAX_MESSAGE_LENGTH = 200;
const MAX_FRAMES = 20;

/** Parsers quote what they could not read, which may be a prompt, and nobody can tell where a quotation ends. */
const FROM_QUOTE = /(["`]|(?<![A-Za-z])').*$/s;

/** Keys are long and without spaces, as little else is. */
const LONG_WORD = /[^\s/()[\]{}<>:;,]{20,}/g;

/** Says where and what, without what anybody has sent and without keys. */
export function describeCrash(thrown: unknown): CrashDescription {
  if (!(thrown instanceof Error)) return { name: typeof thrown, code: undefined, message: '', frames: [] };
  const { code } = thrown as NodeJS.ErrnoException;
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    name: thrown.name,
    code: typeof code === 'string' ? code : undefined,
    message: thrown.message.replace(FROM_QUOTE, '…').replace(LONG_WORD, '…').slice(0, MAX_MESSAGE_LENGTH),
    frames: frames.slice(0, MAX_FRAMES).map((line) => line.trim()),
  };
}
