import { describe, expect, it } from 'vitest';
import { RouterError } from '../../../src/errors/router-error.ts';
import {
  availableTagsOfRole,
  demandScore,
  judgeDemand,
  modelOfProfile,
  readRoutingMode,
  type ScoredRequest,
  tagsOfRole,
} from '../../../src/routing/strong-weak.ts';
import { makeSnapshot } from '../../support/make-snapshot.ts';

const PLAIN: ScoredRequest = { text: '', messageCount: 1, hasMedia: false, maxOutputTokens: undefined };

describe('demandScore', () => {
  it.each<[string, Partial<ScoredRequest>, number]>([
    ['nothing', {}, 0],
    ['299 characters', { text: '.'.repeat(299) }, 0],
    ['300 characters', { text: '.'.repeat(300) }, 1],
    ['900 characters', { text: '.'.repeat(900) }, 2],
    ['2000 characters', { text: '.'.repeat(2000) }, 3],
    ['4 messages', { messageCount: 4 }, 0],
    ['5 messages', { messageCount: 5 }, 1],
    ['10 messages', { messageCount: 10 }, 2],
    ['an image', { hasMedia: true }, 1],
    ['1199 tokens', { maxOutputTokens: 1199 }, 0],
    ['1200 tokens', { maxOutputTokens: 1200 }, 1],
    ['3000 tokens', { maxOutputTokens: 3000 }, 2],
    ['a hard word', { text: 'Debug this' }, 2],
    ['several hard words', { text: 'reason about the algorithm, then write code' }, 2],
    ['an easy word', { text: 'Hi there' }, -1],
    ['both', { text: 'hello, debug this' }, 1],
    ['a hard Chinese word', { text: '请证明这个定理' }, 2],
    ['an easy Chinese word', { text: '帮我翻译一下' }, -1],
    ['parts of longer words', { text: 'this is decoding, treasonable, while unreasonable' }, 0],
    ['a word at the end of a long text', { text: `${'. '.repeat(5000)}debug it` }, 5],
    ['a word lost in the middle of one', { text: `${'. '.repeat(5000)}debug it${' .'.repeat(5000)}` }, 3],
  ])('of %s', (_what, facts, expected) => {
    expect(demandScore({ ...PLAIN, ...facts })).toBe(expected);
  });
});

describe('judgeDemand', () => {
  it.each<[Partial<ScoredRequest>, string]>([
    [{ text: 'hello' }, 'weak'],
    [{ hasMedia: true }, 'weak'],
    [{ text: 'debug' }, 'unsure'],
    [{ text: 'debug', hasMedia: true }, 'unsure'],
    [{ text: 'debug', maxOutputTokens: 3000 }, 'strong'],
    [{ text: '.'.repeat(2000), messageCount: 5 }, 'strong'],
  ])('of %j', (facts, expected) => {
    expect(judgeDemand({ ...PLAIN, ...facts })).toBe(expected);
  });
});

describe('readRoutingMode', () => {
  it.each([
    ['auto', 'auto'],
    ['strong', 'strong'],
    ['stronge', 'strong'],
    ['weak', 'weak'],
    [null, undefined],
    [undefined, undefined],
  ])('reads %j', (value, expected) => {
    expect(readRoutingMode(value)).toBe(expected);
  });

  it.each(['', 'Strong', 'constructor', 5, {}])('refuses %j', (value) => {
    expect(() => readRoutingMode(value)).toThrowError(expect.objectContaining({ param: 'routing_mode' }));
  });
});

describe('modelOfProfile', () => {
  const { routing } = makeSnapshot({
    routing: {
      pairs: [
        { name: 'daily', strongModel: 'a/strong', weakModel: 'a/weak' },
        { name: 'night', strongModel: 'b/strong', weakModel: 'b/weak' },
      ],
      defaultPair: 'daily',
      defaultStrongModel: 'c/strong',
    },
  });

  it('goes through the named pair, the default pair and the default model', () => {
    expect(modelOfProfile(routing, 'weak', 'night')).toBe('b/weak');
    expect(modelOfProfile(routing, 'strong')).toBe('a/strong');
    const unpaired = { ...routing, defaultPair: undefined };
    expect(modelOfProfile(unpaired, 'strong')).toBe('c/strong');
    expect(modelOfProfile(unpaired, 'weak')).toBeUndefined();
  });

  it('refuses a pair that does not exist', () => {
    const ask = () => modelOfProfile(routing, 'weak', 'nihgt');
    expect(ask).toThrowError(RouterError);
    expect(ask).toThrowError(
      expect.objectContaining({
        code: 'request.invalid',
        param: 'routing_pair',
        publicMessage: 'routing_pair: there is no pair `nihgt`. Did you mean `night`?',
      }),
    );
  });
});

describe('the tags of a role', () => {
  it.each([
    ['supervisor', undefined, ['routing', 'chat']],
    ['planner', undefined, ['planning', 'reasoning']],
    [' Writer ', undefined, ['writing', 'chat']],
    ['tester', undefined, ['qa', 'reasoning']],
    ['docupdater', undefined, ['docs', 'writing']],
    [undefined, 'task routing', ['routing']],
    ['writer', 'Worker documents', ['writing', 'chat', 'docs']],
    ['nobody', 'nothing', []],
    [undefined, undefined, []],
  ])('%j with the task %j', (role, task, expected) => {
    expect(tagsOfRole(role, task)).toEqual(expected);
  });

  it('are dropped where no active model has them all', () => {
    const models = [
      { name: 'a', tags: ['writing', 'chat'] },
      { name: 'b', tags: ['docs', 'writing'], isActive: false },
    ];
    const snapshot = makeSnapshot({ models });
    expect(availableTagsOfRole(snapshot, 'writer', undefined)).toEqual(['writing', 'chat']);
    expect(availableTagsOfRole(snapshot, 'docupdater', undefined)).toEqual([]);
  });
});
