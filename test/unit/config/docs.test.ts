import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Shape } from '../../../src/config/shape.ts';
import { ROOT } from '../../../src/config/tables/root.ts';
import { loadText } from './load-text.ts';

const DOC = readFileSync(resolve(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');
const [ACTIVE_PART = '', INACTIVE_PART = ''] = DOC.split('## Known, not active yet');

/** Parameters of requests are the providers' matter; the names only serve to notice misspellings. */
const UNDOCUMENTED = new Set(['default_params']);

function collectKeys(shape: Shape, isActive: boolean, into: Map<string, boolean>): void {
  if (shape.kind === 'list' || shape.kind === 'map') collectKeys(shape.of, isActive, into);
  if (shape.kind === 'either') for (const option of shape.options) collectKeys(option, isActive, into);
  if (shape.kind !== 'table') return;
  for (const [key, definition] of Object.entries(shape.keys)) {
    const isKeyActive = isActive && definition.isActive;
    into.set(key, isKeyActive || (into.get(key) ?? false));
    if (!UNDOCUMENTED.has(key)) collectKeys(definition.shape, isKeyActive, into);
  }
}

const KEYS = new Map<string, boolean>();
collectKeys(ROOT, true, KEYS);

describe('docs/configuration.md', () => {
  test('there are keys to look for', () => {
    expect(KEYS.size).toBeGreaterThan(100);
  });

  test.each([...KEYS])('names %s (active: %s) where it belongs', (key, isActive) => {
    expect(isActive ? ACTIVE_PART : INACTIVE_PART).toMatch(new RegExp(`[\`[.]${key}[\`\\]]`));
  });

  test('its example loads without a problem', () => {
    const [, example = ''] = /```toml\n([\s\S]*?)```/.exec(DOC) ?? [];
    const result = loadText(example, { env: { GROQ_API_KEY: 'k' } });
    expect(result).toMatchObject({ ok: true, snapshot: { problems: [] } });
  });
});
