import { openHttpTransport } from './http-transport.ts';
import { KeyRing } from './key-ring.ts';
import type { ProviderInstance } from './spec.ts';
import type { Transport, TransportSurroundings } from './transport.ts';

const NO_SURROUNDINGS: TransportSurroundings = { dataDir: 'data', onNotice: () => undefined };

/**
 * What must outlive a reload: one transport for each distinct way to connect, one key ring for each provider name.
 * Both are made on first use and let go when no provider of the current configuration needs them.
 */
export class ProviderConnections {
  readonly #transports = new Map<string, Transport>();
  readonly #rings = new Map<string, KeyRing>();
  readonly #surroundings: TransportSurroundings;

  constructor(surroundings: TransportSurroundings = NO_SURROUNDINGS) {
    this.#surroundings = surroundings;
  }

  transportOf(provider: ProviderInstance): Transport {
    const known = this.#transports.get(provider.fingerprint);
    if (known !== undefined) return known;
    const opened = openTransport(provider, this.#surroundings);
    this.#transports.set(provider.fingerprint, opened);
    return opened;
  }

  keysOf(provider: ProviderInstance): KeyRing {
    const known = this.#rings.get(provider.name);
    if (known !== undefined) return known;
    const ring = new KeyRing(provider.apiKeys);
    this.#rings.set(provider.name, ring);
    return ring;
  }

  /** Closes what `providers` do not use; calls in flight on a closed transport still end by themselves. */
  reconcile(providers: ReadonlyMap<string, ProviderInstance>): void {
    const used = new Set([...providers.values()].map((provider) => provider.fingerprint));
    for (const [fingerprint, transport] of this.#transports) {
      if (used.has(fingerprint)) continue;
      this.#transports.delete(fingerprint);
      closeQuietly(transport);
    }
    for (const [name, ring] of this.#rings) {
      const provider = providers.get(name);
      if (provider === undefined) this.#rings.delete(name);
      else ring.reconcile(provider.apiKeys);
    }
  }

  async close(): Promise<void> {
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
