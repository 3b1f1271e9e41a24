import { describe, expect, test } from 'vitest';
import { type Ability, NO_NEEDS, WORK_ABILITIES } from '../../../src/canonical/needs.ts';
import { inability } from '../../../src/routing/serve-needs.ts';
import { makeSnapshot } from '../../support/make-snapshot.ts';

function verdict(abilities: Readonly<Partial<Record<Ability, boolean>>>, ...needs: readonly Ability[]) {
  const [model] = makeSnapshot({ models: [{ name: 'm', abilities, contextWindow: 10 }] }).ranked;
  if (model === undefined) throw new Error('no model');
  return inability(model, { ...NO_NEEDS, abilities: new Set(needs) });
}

describe('work beside chat', () => {
  test.each(WORK_ABILITIES.filter((work) => work !== 'completion'))('%s has to be said', (work) => {
    expect(verdict({}, work)).toContain(`capabilities = { ${work} = true }`);
    expect(verdict({ [work]: false }, work)).toMatch(/^cannot /);
    expect(verdict({ [work]: true }, work)).toBeUndefined();
    expect(verdict({ [work]: true, chat: false })).toContain('does other work than chat');
  });

  test('a model that chats may complete, one that does not may not', () => {
    expect(verdict({}, 'completion')).toBeUndefined();
    expect(verdict({ chat: false }, 'completion')).toContain('does other work than chat');
    expect(verdict({ chat: false, completion: true }, 'completion')).toBeUndefined();
    expect(verdict({ completion: false }, 'completion')).toBe('cannot complete a plain prompt');
  });

  test('a model that hears may be asked to transcribe', () => {
    expect(verdict({ audio: true }, 'transcription')).toBeUndefined();
    expect(verdict({ audio: true, transcription: false }, 'transcription')).toBe('cannot transcribe speech');
  });

  test('the context window is for each text of a list, so their sum says nothing', () => {
    const [model] = makeSnapshot({
      models: [{ name: 'm', abilities: { embedding: true, chat: true }, contextWindow: 10 }],
    }).ranked;
    if (model === undefined) throw new Error('no model');
    const needs = { ...NO_NEEDS, textLength: 4000 };
    expect(inability(model, { ...needs, abilities: new Set(['embedding']) })).toBeUndefined();
    expect(inability(model, needs)).toContain('context window');
  });
});
