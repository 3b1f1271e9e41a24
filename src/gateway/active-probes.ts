import type { HealthCheckConfig, RouterSnapshot } from '../config/snapshot.ts';
import { probeEndpoint } from '../providers/probe-endpoint.ts';
import type { ProviderInstance } from '../providers/spec.ts';
import type { TargetHealth } from '../routing/target-health.ts';
import { isAnswering, type ProbeDependencies, type ProviderProbe, probeProvider } from './provider-probe.ts';

export interface ActiveProbesOptions extends ProbeDependencies {
  readonly health: TargetHealth;
}

/** Providers that are asked at the same time. */
const MAX_CONCURRENT = 4;

/**
 * Asks providers whose models rest whether they answer again, once for all models of one address. The rest of their
 * models ends then, so that the next call tries them; nothing else comes of an answer, and no answer changes nothing.
 * Probes are no calls: they are not recorded and take nothing from limits. One timer for all; none while switched off.
 */
export class ActiveProbes {
  readonly #options: ActiveProbesOptions;
  readonly #underWay = new Set<ProviderProbe>();
  #config: HealthCheckConfig | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(options: ActiveProbesOptions) {
    this.#options = options;
  }

  follow({ routing: { healthCheck } }: Pick<RouterSnapshot, 'routing'>): void {
    const isSameInterval = healthCheck?.intervalSeconds === this.#config?.intervalSeconds;
    this.#config = healthCheck;
    if (isSameInterval) return;
    clearInterval(this.#timer);
    this.#timer = healthCheck && setInterval(() => void this.#look(), healthCheck.intervalSeconds * 1000).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#config = undefined;
    for (const probe of this.#underWay) probe.cancel();
  }

  /** One round, a few providers at a time; the next one begins only when it is over. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    const { health, clock } = this.#options;
    const resting = health.resting(clock.now()).map(({ provider }) => provider);
    const waiting = [...new Map(resting.map((provider) => [provider.fingerprint, provider])).values()];
    this.#isLooking = true;
    try {
      await Promise.all(Array.from({ length: MAX_CONCURRENT }, () => this.#probeAll(waiting)));
    } finally {
      this.#isLooking = false;
    }
  }

  async #probeAll(waiting: ProviderInstance[]): Promise<void> {
    for (let provider = waiting.pop(); provider !== undefined; provider = waiting.pop()) await this.#probe(provider);
  }

  async #probe(provider: ProviderInstance): Promise<void> {
    const { health, clock } = this.#options;
    const config = this.#config;
    const endpoint = config && probeEndpoint(provider, config.path);
    if (config === undefined || endpoint === undefined) return;
    const probe = probeProvider(this.#options, provider, endpoint, config.timeoutSeconds * 1000);
    this.#underWay.add(probe);
    const status = await probe.status;
    this.#underWay.delete(probe);
    if (!isAnswering(status)) return;
    const now = clock.now();
    for (const model of health.resting(now)) {
      if (model.provider.fingerprint === provider.fingerprint) health.endRest(model, now);
    }
  }
}
