import { createDeferred } from '../lib/deferred.ts';
import { sha256Hex } from '../lib/digest.ts';
import type { ConfigStore } from './config-store.ts';
import type { BuildResult } from './load-router-toml.ts';
import { type Loss, measureLoss } from './loss.ts';
import type { ConfigProblem, RouterSnapshot } from './snapshot.ts';

/** What became of a file. `at` is wall time in milliseconds. */
export type ReloadOutcome =
  | { readonly kind: 'swapped' | 'unchanged'; readonly at: number; readonly snapshot: RouterSnapshot }
  /** `rejected`: wrong content. `unreadable`: no content at all. Either way nothing has changed. */
  | { readonly kind: 'rejected' | 'unreadable'; readonly at: number; readonly problems: readonly ConfigProblem[] };

/** What would become of some bytes, before anything is done about it. */
export type Assessment =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'usable'; readonly bytes: Uint8Array; readonly snapshot: RouterSnapshot; readonly loss: Loss }
  | { readonly kind: 'broken'; readonly problems: readonly ConfigProblem[] };

export interface ReloaderOptions {
  readonly store: ConfigStore;
  /** Read, check, resolve. Touches nothing that is live. */
  readonly build: (bytes: Uint8Array, version: number) => BuildResult;
  /** Wall time in milliseconds. */
  readonly now: () => number;
  /** Called once for every outcome: for logs and metrics. */
  readonly report: (outcome: ReloadOutcome) => void;
}

export interface Reloader {
  /** The latest outcome; undefined as long as the configuration of the start stands unchallenged. */
  readonly last: ReloadOutcome | undefined;
  /** Builds, but changes nothing. Never throws. */
  assess(bytes: Uint8Array): Assessment;
  /** Swaps a usable snapshot in, or reports why not. Throws what listeners of the store throw, after the swap. */
  apply(assessment: Assessment): ReloadOutcome;
  /** Reports that the file cannot be read; the configuration stays. */
  reportUnreadable(message: string): ReloadOutcome;
  /** The next outcome from now on. */
  next(): Promise<ReloadOutcome>;
}

function fileProblem(level: ConfigProblem['level'], message: string): ConfigProblem {
  return { level, path: '', message, line: undefined, column: undefined };
}

export function createReloader(options: ReloaderOptions): Reloader {
  const { store, now, report } = options;
  let last: ReloadOutcome | undefined;
  let next = createDeferred<ReloadOutcome>();

  function conclude(outcome: ReloadOutcome): ReloadOutcome {
    last = outcome;
    const { resolve } = next;
    next = createDeferred();
    report(outcome);
    resolve(outcome);
    return outcome;
  }

  function build(bytes: Uint8Array): BuildResult {
    try {
      return options.build(bytes, store.current.version + 1);
    } catch (thrown) {
      return { ok: false, problems: [fileProblem('error', `cannot be loaded: ${String(thrown)}`)] };
    }
  }

  function assess(bytes: Uint8Array): Assessment {
    if (sha256Hex(bytes) === store.current.digest) return { kind: 'unchanged' };
    const result = build(bytes);
    if (!result.ok) return { kind: 'broken', problems: result.problems };
    const { snapshot } = result;
    return { kind: 'usable', bytes, snapshot, loss: measureLoss(store.current, snapshot) };
  }

  function apply(assessment: Assessment): ReloadOutcome {
    if (assessment.kind === 'broken') return conclude({ kind: 'rejected', at: now(), problems: assessment.problems });
    if (assessment.kind === 'unchanged') return conclude({ kind: 'unchanged', at: now(), snapshot: store.current });
    const { snapshot, bytes } = assessment;
    // Somebody else has swapped since: built again, so that versions never repeat.
    if (snapshot.version !== store.current.version + 1) return apply(assess(bytes));
    const outcome = { kind: 'swapped', at: now(), snapshot } as const;
    try {
      store.swap(snapshot);
    } finally {
      conclude(outcome);
    }
    return outcome;
  }

  return {
    get last() {
      return last;
    },
    assess,
    apply,
    reportUnreadable: (message) =>
      conclude({ kind: 'unreadable', at: now(), problems: [fileProblem('warning', message)] }),
    next: () => next.promise,
  };
}
