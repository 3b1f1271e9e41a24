const UNPRINTABLE = /[\p{Cc}\u2028\u2029]/gu;

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** `text` on one line: control characters escaped as in JSON, cut after `maxLength` characters. */
export function toPrintable(text: string, maxLength: number): string {
  const cut = text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
  return cut.replace(UNPRINTABLE, escapeCharacter);
}
