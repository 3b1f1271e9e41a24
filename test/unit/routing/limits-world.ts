import { NO_NEEDS, type RequestNeeds } from '../../../src/canonical/needs.ts';
import type { ModelEntry, RateLimitConfig, RouterSnapshot } from '../../../src/config/snapshot.ts';
import type { RateLimits } from '../../../src/providers/rate-limits.ts';
import type { Admission } from '../../../src/routing/limits/admission.ts';
import { ModelLimits } from '../../../src/routing/model-limits.ts';
import { WaitingLine } from '../../../src/routing/waiting-line.ts';
import { makeSnapshot } from '../../support/make-snapshot.ts';
import { SteppedTime } from '../../support/stepped-time.ts';

const NOTHING: RateLimits = {
  maxRequests: undefined,
  maxTokens: undefined,
  maxConcurrency: undefined,
  perSeconds: 1,
  burstSize: undefined,
  maxWaitMs: 60_000,
};

/** Only what is said is limited; whoever waits is patient. */
export function limitsOf(draft: Partial<RateLimits>): RateLimitConfig {
  return { ...NOTHING, burstSize: draft.maxRequests, notes: undefined, config: {}, ...draft };
}

/** Models by name, all of one provider. */
export function snapshotOf(
  models: Readonly<Record<string, Partial<RateLimits> | undefined>>,
  provider?: Partial<RateLimits>,
): RouterSnapshot {
  return makeSnapshot({
    providers: [{ name: 'p', rateLimit: provider && limitsOf(provider) }],
    models: Object.entries(models).map(([name, limits]) => ({
      name,
      provider: 'p',
      ...(limits === undefined ? {} : { rateLimit: limitsOf(limits) }),
    })),
  });
}

export function modelOf(snapshot: RouterSnapshot, name: string): ModelEntry {
  const model = snapshot.models.get(`p/${name}`);
  if (model === undefined) throw new Error(`no model ${name}`);
  return model;
}

/** A request that is reckoned with so many tokens. */
export function needing(tokens: number): RequestNeeds {
  return { ...NO_NEEDS, maxOutputTokens: tokens };
}

export interface World {
  readonly time: SteppedTime;
  readonly line: WaitingLine;
  readonly limits: ModelLimits;
  admit(model: ModelEntry, tokens?: number): Admission | undefined;
  /** Waits; `ask` is finished as soon as the request has been let in or turned away. */
  wait(model: ModelEntry, tokens?: number, withinMs?: number): Asked;
}

export interface Asked {
  outcome: 'waits' | 'admitted' | 'refused';
  admission: Admission | undefined;
  /** When it was no longer waiting. */
  at: number;
  /** Its place among all whose waiting has ended. */
  order: number;
  cancel: () => void;
}

export function makeWorld(capacity?: number): World {
  const time = new SteppedTime();
  const { clock, timers } = time;
  const line = new WaitingLine({ clock, timers, ...(capacity === undefined ? {} : { capacity }) });
  const limits = new ModelLimits({ clock, waitingLine: line });
  let ended = 0;
  return {
    time,
    line,
    limits,
    admit: (model, tokens = 0) => limits.admit(model, needing(tokens), time.current),
    wait: (model, tokens = 0, withinMs = Number.POSITIVE_INFINITY) => {
      const asked: Asked = { outcome: 'waits', admission: undefined, at: -1, order: -1, cancel: () => undefined };
      const onCancel = (cancel: () => void): void => {
        asked.cancel = cancel;
      };
      void limits.admitWithin(model, needing(tokens), { withinMs, onCancel }).then((admission) => {
        asked.outcome = admission === undefined ? 'refused' : 'admitted';
        asked.admission = admission;
        asked.at = time.current;
        ended += 1;
        asked.order = ended;
      });
      return asked;
    },
  };
}
