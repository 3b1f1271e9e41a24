import { openHttpTransport } from './http-transport.ts';
import type { KeyRing } from './key-ring.ts';
import type { LearnedLimitsOptions } from './learned-limits.ts';
import { ProviderKeys } from './provider-keys.ts';
import type { ProviderInstance } from './spec.ts';
import type { Transport, TransportSurroundings } from './transport.ts';

const NO_SURROUNDINGS: TransportSurroundings = { dataDir: 'data', onNotice: () => undefined };

/**
 * What must outlive a reload: one transport for each distinct way to connect, one key ring for each provider name.
 * Both are made on first use and let go when no provider of the current configuration needs them.
 */
export class ProviderConnections {
  readonly keys: ProviderKeys;
  readonly #transports = new Map<string, Transport>();
  readonly #surroundings: TransportSurroundings;

  /** `memory`: where learned limits survive a restart; undefined: nowhere. */
  constructor(surroundings: TransportSurroundings = NO_SURROUNDINGS, memory?: LearnedLimitsOptions) {
    this.#surroundings = surroundings;
    this.keys = new ProviderKeys(memory);
  }

  transportOf(provider: ProviderInstance): Transport {
    const known = this.#transports.get(provider.fingerprint);
    if (known !== undefined) return known;
    const opened = openTransport(provider, this.#surroundings);
    this.#transports.set(provider.fingerprint, opened);
    return opened;
  }

  keysOf(provider: ProviderInstance): KeyRing {
    return this.keys.ringOf(provider);
  }

  /** Closes what `providers` do not use; calls in flight on a closed transport still end by themselves. */
  reconcile(providers: ReadonlyMap<string, ProviderInstance>): void {
    const used = new Set([...providers.values()].map((provider) => provider.fingerprint));
    for (const [fingerprint, transport] of this.#transports) {
      if (used.has(fingerprint)) continue;
      this.#transports.delete(fingerprint);
      closeQuietly(transport);
    }
    this.keys.reconcile(providers);
  }

  async close(): Promise<void> {
    this.keys.close();
    const transports = [...this.#transports.values()];
    this.#transports.clear();
    await Promise.all(transports.map((transport) => transport.close()));
  }
}

function openTransport(provider: ProviderInstance, surroundings: TransportSurroundings): Transport {
  if (provider.spec.openTransport !== undefined) return provider.spec.openTransport(surroundings);
  const { origin } = new URL(provider.baseUrl);
  return openHttpTransport({ origin, connectMs: provider.connectMs, proxyUrl: provider.proxyUrl });
}

/** A transport that is let go has nobody left to tell; its own calls report their own failures. */
function closeQuietly(transport: Transport): void {
  transport.close().catch(() => undefined);
}
