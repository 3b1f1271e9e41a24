import { expect, test } from 'vitest';
import { toPrintable } from '../../../src/lib/printable.ts';

test('what is printed stays on one line and has an end', () => {
  expect(toPrintable('a\r\n\u001b[31m\u0085\u2028b', 100)).toBe('a\\u000d\\u000a\\u001b[31m\\u0085\\u2028b');
  expect(toPrintable('abcdef', 3)).toBe('abc…');
  expect(toPrintable('äöü 中文 😀', 100)).toBe('äöü 中文 😀');
});
