import { RouterError } from '../errors/router-error.ts';
import { checkNameText, distinctNames, quoted } from './name-text.ts';

/** Which tags a model must have, may not have, and had better have. */
export interface TagSelection {
  /** All of. */
  readonly tags: readonly string[];
  /** At least one of each group. */
  readonly anyTags: readonly (readonly string[])[];
  /** None of. */
  readonly notTags: readonly string[];
  readonly prefer: readonly string[];
}

/** The longest tag anybody may ask for. */
export const MAX_TAG_LENGTH = 256;

/**
 * Reads `coding+fast|cheap+!local?prefer=free,qwen`: terms joined by `+`, each a tag, alternatives joined by `|`, or
 * `!` and a tag. Every tag may be percent-encoded, which is how a tag with one of these signs is written. Throws
 * `request.invalid`.
 */
export function parseTagExpression(text: string): TagSelection {
  const optionsAt = text.indexOf('?');
  const terms = optionsAt === -1 ? text : text.slice(0, optionsAt);
  const tags: string[] = [];
  const notTags: string[] = [];
  const anyTags: string[][] = [];
  for (const term of terms.split('+').map((part) => part.trim())) {
    if (term.startsWith('!')) {
      notTags.push(readNegated(term));
      continue;
    }
    const [first = '', ...others] = distinctNames(term.split('|').map(readTag));
    if (others.length === 0) tags.push(first);
    else anyTags.push([first, ...others]);
  }
  const prefer = optionsAt === -1 ? [] : readPrefer(text.slice(optionsAt + 1));
  return { tags: distinctNames(tags), anyTags, notTags: distinctNames(notTags), prefer };
}

function readNegated(term: string): string {
  if (term.includes('|')) throw invalid(`write ${quoted('!a+!b')} instead of ${quoted('!a|b')}`);
  return readTag(term.slice(1));
}

function readPrefer(options: string): string[] {
  const prefer: string[] = [];
  for (const option of options.split('&')) {
    const [name = '', value = ''] = splitAt(option, '=');
    if (name.trim() !== 'prefer') throw invalid(`${quoted(name)} is no option; the only one is ${quoted('prefer')}`);
    prefer.push(...value.split(',').map(readTag));
  }
  return distinctNames(prefer);
}

function readTag(written: string): string {
  const tag = decode(written.trim()).trim();
  if (tag === '') throw invalid('a tag is missing');
  checkNameText(tag, 'model', MAX_TAG_LENGTH);
  return tag;
}

function decode(written: string): string {
  if (!written.includes('%')) return written;
  try {
    return decodeURIComponent(written);
  } catch {
    throw invalid(`${quoted(written)} is not percent-encoded UTF-8; a percent sign itself is written %25`);
  }
}

function splitAt(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function invalid(problem: string): RouterError {
  return new RouterError('request.invalid', {
    param: 'model',
    publicMessage: `model: this is no tag expression such as ${quoted('tag:coding+fast|cheap+!local?prefer=free')}: ${problem}.`,
  });
}
