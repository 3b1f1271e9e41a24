import { readFileSync, writeFileSync } from 'node:fs';

/** Columns after the first `textColumns` hold numbers and are aligned right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[], textColumns = 1): string {
  const rule = head.map((_, index) => (index < textColumns ? '---' : '--:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Replaces what stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. Throws where the markers are missing. */
export function replaceBlock(text: string, name: string, content: string): string {
  const begin = `<!-- begin ${name} -->`;
  const start = text.indexOf(begin);
  const end = text.indexOf(`<!-- end ${name} -->`, start);
  if (start === -1 || end === -1) throw new Error(`no block called ${name}`);
  return `${text.slice(0, start + begin.length)}\n\n${content.trim()}\n\n${text.slice(end)}`;
}

/** Replaces blocks of a file, all or none. */
export function writeBlocks(file: string | URL, blocks: Readonly<Record<string, string>>): void {
  const text = readFileSync(file, 'utf8');
  const filled = Object.entries(blocks).reduce((page, [name, content]) => replaceBlock(page, name, content), text);
  writeFileSync(file, filled);
}
