import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { errorsDoc } from './support/errors-doc.ts';

test('docs/errors.md says what the catalogue says', () => {
  const written = readFileSync(resolve(import.meta.dirname, '../docs/errors.md'), 'utf8');
  expect(written).toBe(errorsDoc());
});
