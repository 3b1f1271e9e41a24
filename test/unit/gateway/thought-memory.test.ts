import { describe, expect, test } from 'vitest';
import type { ContentPart, Message } from '../../../src/canonical/content.ts';
import { ThoughtCollector, ThoughtMemory } from '../../../src/gateway/thought-memory.ts';

const call = (id: string, more = {}): ContentPart => ({
  type: 'tool-call',
  id,
  name: 'look',
  arguments: '{}',
  ...more,
});
const thought: ContentPart = { type: 'reasoning', text: 'hm', signature: 'sealed' };
const said = (...content: ContentPart[]): Message => ({ role: 'assistant', content });
const makeMemory = (): ThoughtMemory => new ThoughtMemory(() => 0);

describe('a conversation whose client has no place for seals', () => {
  test('gets the seal of a call back', () => {
    const memory = makeMemory();
    memory.remember([call('a', { signature: 's' }), call('b')], 'gemini-generate:g', 'me');
    expect(memory.recall([said(call('a'), call('b'))], 'me')).toEqual([
      said(call('a', { signature: 's', origin: 'gemini-generate:g' }), call('b')),
    ]);
  });

  test('gets the sealed thought before its first call back, in the place of what it says unsealed', () => {
    const memory = makeMemory();
    memory.remember([thought, call('a')], 'anthropic-messages:c', 'me');
    const sealed = { ...thought, origin: 'anthropic-messages:c' };
    expect(memory.recall([said({ type: 'reasoning', text: 'hm' }, call('a'))], 'me')).toEqual([
      said(sealed, call('a')),
    ]);
  });

  test('keeps what the client sent sealed itself', () => {
    const memory = makeMemory();
    memory.remember([thought, call('a', { signature: 's' })], 'o', 'me');
    const own = said({ type: 'reasoning', text: 'x', signature: 'own' }, call('a', { signature: 'own' }));
    expect(memory.recall([own], 'me')).toEqual([own]);
  });
});

test('nobody gets the thoughts of another caller, of an unknown call or of a user', () => {
  const memory = makeMemory();
  memory.remember([call('a', { signature: 's' })], 'o', 'me');
  const messages = [said(call('a'))];
  expect(memory.recall(messages, 'you')).toBe(messages);
  expect(memory.recall([said(call('b'))], 'me')).toEqual([said(call('b'))]);
});

test('an answer without seals is not remembered', () => {
  const memory = makeMemory();
  memory.remember([{ type: 'reasoning', text: 'hm' }, call('a')], 'o', 'me');
  expect(memory.count).toBe(0);
});

test('what is remembered is bounded', () => {
  const memory = makeMemory();
  for (let index = 0; index < 20_100; index += 1) memory.remember([call(`c${index}`, { signature: 's' })], 'o', 'me');
  expect(memory.count).toBe(20_000);
  const large = 'x'.repeat(40 * 1024 * 1024);
  memory.remember([call('large 1', { signature: large })], 'o', 'me');
  memory.remember([call('large 2', { signature: large })], 'o', 'me');
  expect(memory.recall([said(call('large 1'))], 'me')).toEqual([said(call('large 1'))]);
  expect(memory.recall([said(call('large 2'))], 'me')).not.toEqual([said(call('large 2'))]);
});

test('a stream is collected choice by choice', () => {
  const choices: unknown[] = [];
  const collector = new ThoughtCollector((content) => choices.push(content));
  collector.watch({ type: 'reasoning-start', block: 0, choice: 0 });
  collector.watch({ type: 'reasoning-delta', block: 0, text: 'h' });
  collector.watch({ type: 'reasoning-delta', block: 0, text: 'm' });
  collector.watch({ type: 'reasoning-end', block: 0, signature: 'sealed' });
  collector.watch({ type: 'tool-call-start', block: 1, choice: 0, id: 'a', name: 'look', signature: 's' });
  collector.watch({ type: 'choice-end', choice: 0, finishReason: 'tool-calls' });
  expect(choices).toMatchObject([[thought, call('a', { arguments: '', signature: 's' })]]);
});
