import { describe, expect, test } from 'vitest';
import { ConfigStore } from '../../../src/config/config-store.ts';
import { measureLoss } from '../../../src/config/loss.ts';
import { createReloader, type ReloadOutcome } from '../../../src/config/reloader.ts';
import type { RouterSnapshot } from '../../../src/config/snapshot.ts';
import { describeConfig } from '../../../src/config/status.ts';
import { loadBytes, snapshotOf } from './load-text.ts';

function modelsText(...names: readonly string[]): string {
  return `[[providers]]\nname = "p"\ntype = "ollama"\n${names.map((name) => `[[models]]\nname = "${name}"\nprovider = "p"\n`).join('')}`;
}

function startReloader(text = modelsText('a', 'b')) {
  const store = new ConfigStore(snapshotOf(text));
  const outcomes: ReloadOutcome[] = [];
  const reloader = createReloader({
    store,
    build: (bytes, version) => loadBytes(bytes, { version }),
    now: () => Date.UTC(2026, 10, 20, 12),
    report: (outcome) => outcomes.push(outcome),
  });
  const apply = (next: string) => reloader.apply(reloader.assess(Buffer.from(next)));
  return { store, reloader, outcomes, apply };
}

describe('the store', () => {
  test('tells everybody who listens, with what was before, until they stop', () => {
    const first = snapshotOf('');
    const second = snapshotOf('# 2', { version: 2 });
    const store = new ConfigStore(first);
    const seen: [number, number][] = [];
    const stop = store.onSwap((next, previous) => seen.push([next.version, previous.version]));
    store.swap(second);
    stop();
    store.swap(first);
    expect(seen).toEqual([[2, 1]]);
    expect(store.current).toBe(first);
  });

  test('tells everybody, even when one of them fails', () => {
    const store = new ConfigStore(snapshotOf(''));
    const next = snapshotOf('# 2', { version: 2 });
    const seen: RouterSnapshot[] = [];
    store.onSwap(() => {
      throw new Error('first');
    });
    store.onSwap((snapshot) => seen.push(snapshot));
    expect(() => store.swap(next)).toThrow(AggregateError);
    expect(seen).toEqual([next]);
    expect(store.current).toBe(next);
  });
});

describe('the reloader', () => {
  test('assessing changes nothing, applying swaps', () => {
    const { store, reloader, outcomes } = startReloader();
    const before = store.current;
    const assessment = reloader.assess(Buffer.from(modelsText('a', 'b', 'c')));
    expect([store.current, outcomes.length, reloader.last]).toEqual([before, 0, undefined]);
    const outcome = reloader.apply(assessment);
    expect(outcome).toMatchObject({ kind: 'swapped', snapshot: { version: 2 } });
    expect(store.current.models.size).toBe(3);
    expect(outcomes).toEqual([outcome]);
    expect(reloader.last).toBe(outcome);
  });

  test('identical bytes change nothing, not even the version', () => {
    const { store, apply } = startReloader();
    const before = store.current;
    expect(apply(modelsText('a', 'b')).kind).toBe('unchanged');
    expect(store.current).toBe(before);
  });

  test('a file with errors changes nothing and its problems are kept', () => {
    const { store, reloader, apply } = startReloader();
    const before = store.current;
    expect(apply('[server]\nport = 0\n')).toMatchObject({
      kind: 'rejected',
      problems: [{ path: 'server.port', line: 2 }],
    });
    expect(store.current).toBe(before);
    expect(reloader.last?.kind).toBe('rejected');
    expect(apply(modelsText('a', 'b')).kind).toBe('unchanged');
    expect(reloader.last?.kind).toBe('unchanged');
  });

  test('versions count what was swapped in, and never repeat', () => {
    const { store, reloader, apply } = startReloader();
    apply('broken = ');
    apply(modelsText('a'));
    const stale = reloader.assess(Buffer.from(modelsText('x')));
    apply(modelsText('b'));
    expect(reloader.apply(stale)).toMatchObject({ kind: 'swapped', snapshot: { version: 4 } });
    expect([...store.current.models.keys()]).toEqual(['p/x']);
  });

  test('a build that throws is a rejected file', () => {
    const store = new ConfigStore(snapshotOf(''));
    const build = () => {
      throw new Error('unforeseen');
    };
    const reloader = createReloader({ store, build, now: () => 0, report: () => undefined });
    const outcome = reloader.apply(reloader.assess(Buffer.from('# new')));
    expect(outcome).toMatchObject({ kind: 'rejected', problems: [{ message: 'cannot be loaded: Error: unforeseen' }] });
  });

  test('a listener that throws does not hide that the swap took place', async () => {
    const { store, reloader, apply } = startReloader();
    store.onSwap(() => {
      throw new Error('listener');
    });
    const next = reloader.next();
    expect(() => apply(modelsText('z'))).toThrow(AggregateError);
    expect(await next).toMatchObject({ kind: 'swapped', snapshot: { version: 2 } });
    expect(store.current.version).toBe(2);
  });
});

describe('loss', () => {
  const current = snapshotOf(modelsText('a', 'b', 'c', 'd'));

  test.each([
    ['none', modelsText('a', 'b', 'c', 'd', 'e')],
    ['some', modelsText('a', 'b', 'c', 'renamed')],
    ['some', modelsText('a', 'b')],
    ['most', modelsText('a')],
    ['most', ''],
    ['most', modelsText('a', 'b', 'c', 'd').replaceAll('"p"', '"q"')],
  ])('%s', (expected, text) => {
    expect(measureLoss(current, snapshotOf(text))).toBe(expected);
  });

  test('embedded defaults are meant to be replaced', () => {
    expect(measureLoss(snapshotOf(modelsText('a'), { file: undefined }), snapshotOf(''))).toBe('none');
  });
});

describe('the status', () => {
  test('of the start', () => {
    const text = '[server]\nprot = 1\n';
    const { store, reloader } = startReloader(text);
    expect(describeConfig(store.current, reloader.last)).toEqual({
      version: 1,
      digest: store.current.digest,
      file: '/etc/router.toml',
      loaded_at: '2026-11-20T00:00:00.000Z',
      last_reload: null,
      problems: [
        {
          level: 'warning',
          path: 'server.prot',
          message: 'unknown key `prot`: did you mean `port`?',
          line: 2,
          column: 1,
        },
      ],
    });
    expect(describeConfig(snapshotOf('', { file: undefined }), undefined).file).toBeNull();
  });

  test('after a reload that failed, and after one that did not', () => {
    const { store, reloader, apply } = startReloader();
    apply('a = "');
    expect(describeConfig(store.current, reloader.last)).toMatchObject({
      version: 1,
      last_reload: { ok: false, at: '2026-11-20T12:00:00.000Z', problems: [{ level: 'error', line: 1, column: 5 }] },
      problems: [],
    });
    reloader.reportUnreadable('gone');
    expect(describeConfig(store.current, reloader.last).last_reload).toMatchObject({
      ok: false,
      problems: [{ level: 'warning', message: 'gone', line: null, column: null }],
    });
    apply('zzz = 1\n');
    expect(describeConfig(store.current, reloader.last)).toMatchObject({
      version: 2,
      last_reload: { ok: true, problems: [{ level: 'warning', path: 'zzz' }] },
      problems: [{ path: 'zzz' }],
    });
  });
});
