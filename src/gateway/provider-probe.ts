import type { Clock } from '../lib/clock.ts';
import type { Deadline, Deadlines } from '../lib/deadlines.ts';
import { sha256Hex } from '../lib/digest.ts';
import type { ProviderConnections } from '../providers/connections.ts';
import type { RingKey } from '../providers/key-entry.ts';
import { requestHeaders } from '../providers/request-headers.ts';
import type { ProviderInstance } from '../providers/spec.ts';
import type { Endpoint, ReplyControl, ReplyHandler } from '../providers/transport.ts';

export interface ProbeDependencies {
  readonly connections: ProviderConnections;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
}

/** One question to a provider of which only the status matters: the connection is closed when that is there. */
export class ProviderProbe implements ReplyHandler, Deadline {
  /** The HTTP status; undefined where none came in time. Never rejects. */
  readonly status: Promise<number | undefined>;
  readonly expiresAt: number;
  slot = -1;
  readonly #deadlines: Deadlines;
  #resolve: (status: number | undefined) => void = () => undefined;
  #control: ReplyControl | undefined;

  constructor({ deadlines, clock }: ProbeDependencies, timeoutMs: number) {
    this.status = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.expiresAt = clock.now() + timeoutMs;
    this.#deadlines = deadlines;
    deadlines.watch(this);
  }

  onStart(control: ReplyControl): void {
    this.#control = control;
  }

  onHead(status: number): void {
    this.#end(status);
  }

  onData(): void {}

  onEnd(): void {
    this.#end(undefined);
  }

  onError(): void {
    this.#end(undefined);
  }

  onExpire(): void {
    this.#end(undefined);
  }

  cancel(): void {
    this.#end(undefined);
  }

  #end(status: number | undefined): void {
    this.#deadlines.forget(this);
    this.#control?.abort();
    this.#resolve(status);
  }
}

/** Sends a GET with the provider's first key. Takes nothing from any limit and leaves the key ring as it is. */
export function probeProvider(
  dependencies: ProbeDependencies,
  provider: ProviderInstance,
  endpoint: Endpoint,
  timeoutMs: number,
): ProviderProbe {
  const probe = new ProviderProbe(dependencies, timeoutMs);
  const headers = requestHeaders(provider, firstKey(provider), false);
  dependencies.connections.transportOf(provider).send({ endpoint, method: 'GET', headers, body: '' }, probe);
  return probe;
}

function firstKey({ apiKeys: [secret] }: ProviderInstance): RingKey | undefined {
  return secret && { secret, id: sha256Hex(secret.reveal()).slice(0, 8) };
}

const TOO_MANY_REQUESTS = 429;
const REQUEST_TIMEOUT = 408;

/**
 * Whether the provider is there again. Also a wrong path or key is answered by somebody who is; whether the model is
 * well shows the next call.
 */
export function isAnswering(status: number | undefined): boolean {
  if (status === undefined || status === TOO_MANY_REQUESTS || status === REQUEST_TIMEOUT) return false;
  return (status >= 200 && status < 300) || (status >= 400 && status < 500);
}
