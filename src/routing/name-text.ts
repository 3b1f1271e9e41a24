import { invalidField } from '../errors/router-error.ts';

/** Control characters, line breaks included, and halves of surrogate pairs: nothing a name is made of. */
const HOSTILE = /[\p{Cc}\p{Cs}]/u;

const SHOWN_LENGTH = 100;

/** Throws `request.invalid` for what cannot be a name of anything. */
export function checkNameText(text: string, param: string, maxLength: number): void {
  if (text.length > maxLength) throw invalidField(param, `expected at most ${maxLength} characters`);
  if (HOSTILE.test(text)) throw invalidField(param, 'expected no control characters');
}

/** A name as it stands in a message. */
export function quoted(name: string): string {
  return name.length <= SHOWN_LENGTH ? `\`${name}\`` : `\`${name.slice(0, SHOWN_LENGTH)}…\``;
}

export function quotedList(names: readonly string[], lastWord: 'and' | 'or'): string {
  const all = names.map(quoted);
  const last = all.pop() ?? '';
  return all.length === 0 ? last : `${all.join(', ')} ${lastWord} ${last}`;
}

/** ` Did you mean …?`, with its blank; empty without suggestions. */
export function suggestion(nearest: readonly string[]): string {
  return nearest.length === 0 ? '' : ` Did you mean ${quotedList(nearest, 'or')}?`;
}

/** Trimmed, without blanks and repetitions, in the order of first mention. */
export function distinctNames(names: Iterable<string>): string[] {
  const distinct = new Set<string>();
  for (const name of names) {
    const trimmed = name.trim();
    if (trimmed !== '') distinct.add(trimmed);
  }
  return [...distinct];
}
