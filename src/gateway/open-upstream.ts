import type { ModelEntry } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Deadlines } from '../lib/deadlines.ts';
import type { ProviderConnections } from '../providers/connections.ts';
import type { KeyRing, RingKey } from '../providers/key-ring.ts';
import { requestHeaders } from '../providers/request-headers.ts';
import type { ReplyHandler } from '../providers/transport.ts';
import type { ExchangeClocks, ExchangeGuard } from './exchange.ts';
import type { Invocation } from './invocation.ts';
import type { StreamRelay } from './stream-relay.ts';
import { StreamReply } from './stream-reply.ts';
import { NO_HEADERS, type PlanOptions, type UpstreamCall, type WholeAnswer } from './upstream-call.ts';
import { namedUpstream } from './upstream-facts.ts';
import { ReplyCollector } from './whole-reply.ts';

export interface UpstreamDependencies {
  readonly connections: ProviderConnections;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
}

/** A stream that has reached its commit point. */
export interface StreamAnswer {
  readonly kind: 'stream';
  readonly reply: StreamReply;
  readonly relay: StreamRelay;
}

/** An answer that may be given to the client. */
export type OpenAnswer = WholeAnswer | StreamAnswer;

const REJECTED_KEY_REST_MS = 60_000;
const LIMITED_KEY_REST_MS = 5_000;

/**
 * Calls one model and returns once there is something to show. Goes on with the provider's next key where the provider
 * refuses one (that is no retry: the provider did not do any work), and once more without the seals of earlier thoughts
 * where it refuses those. Throws a RouterError for everything else.
 */
export async function openUpstream(
  dependencies: UpstreamDependencies,
  invocation: Invocation,
  model: ModelEntry,
): Promise<OpenAnswer> {
  const { clock, connections } = dependencies;
  const ring = connections.keysOf(model.provider);
  let call = planOf(invocation, model, { withoutSeals: false });
  let hasSeals = true;
  let tried: Set<string> | undefined;
  let key = ring.pick(clock.now());
  for (;;) {
    try {
      return await exchange(dependencies, invocation, call, key);
    } catch (thrown) {
      const error = RouterError.from(thrown);
      if (error.code === 'upstream.bad_signature' && hasSeals) {
        hasSeals = false;
        call = planWithoutSeals(invocation, model);
        continue;
      }
      tried ??= new Set();
      key = nextKey(ring, key, error, tried, clock.now());
      if (key === undefined) throw error;
    }
  }
}

function planWithoutSeals(invocation: Invocation, model: ModelEntry): UpstreamCall {
  const call = planOf(invocation, model, { withoutSeals: true });
  invocation.losses = [...call.losses, REFUSED_SEAL];
  return call;
}

const REFUSED_SEAL = {
  field: 'messages.reasoning.signature',
  outcome: 'dropped',
  reason: 'refused by the provider',
  severity: 'minor',
} as const;

function planOf(invocation: Invocation, model: ModelEntry, options: PlanOptions): UpstreamCall {
  const call = invocation.planner.plan(invocation, model, options);
  invocation.isPassthrough = call.isPassthrough;
  invocation.losses = call.losses;
  return call;
}

/** Undefined where the error is not about the key, or no other key is left. */
function nextKey(
  ring: KeyRing,
  key: RingKey | undefined,
  error: RouterError,
  tried: Set<string>,
  now: number,
): RingKey | undefined {
  if (key === undefined || !parkKey(ring, key, error, now)) return undefined;
  tried.add(key.id);
  return ring.pick(now, tried);
}

/** True when the error is about this key, so that another key of the same provider may do better. */
function parkKey(ring: KeyRing, key: RingKey, error: RouterError, now: number): boolean {
  if (error.code === 'upstream.auth') {
    ring.park(key, now + REJECTED_KEY_REST_MS, 'rejected');
    return true;
  }
  if (error.code === 'upstream.rate_limited') {
    ring.park(key, now + (error.retryAfterMs ?? LIMITED_KEY_REST_MS), 'rate-limited');
    return true;
  }
  return false;
}

function exchange(
  dependencies: UpstreamDependencies,
  invocation: Invocation,
  call: UpstreamCall,
  key: RingKey | undefined,
): Promise<OpenAnswer> {
  const { firstTokenMs, idleMs } = call.model.timeouts;
  const { clock, deadlines } = dependencies;
  const clocks: ExchangeClocks = { clock, deadlines, firstTokenMs, idleMs, totalDeadline: invocation.totalDeadline };
  if (!call.isStream) return openWhole(dependencies, invocation, call, key, clocks);
  const relay = call.createRelay();
  const decodeError: UpstreamCall['decodeError'] = (status, body, headers) => {
    return namedUpstream(call.decodeError(status, body, headers), call.model, headers);
  };
  const reply = new StreamReply(clocks, relay, { framing: call.framing, decodeError });
  send(dependencies, invocation, call, key, reply, reply.guard);
  return reply.committed.then(() => ({ kind: 'stream', reply, relay }));
}

function openWhole(
  dependencies: UpstreamDependencies,
  invocation: Invocation,
  call: UpstreamCall,
  key: RingKey | undefined,
  clocks: ExchangeClocks,
): Promise<WholeAnswer> {
  const collector = new ReplyCollector(clocks);
  send(dependencies, invocation, call, key, collector, collector.guard);
  return collector.done.then((reply) => {
    if (reply.status >= 200 && reply.status < 300) return call.readWhole(reply);
    const error = call.decodeError(reply.status, reply.body.toString('utf8'), reply.headers);
    throw namedUpstream(error, call.model, reply.headers);
  });
}

function send(
  dependencies: UpstreamDependencies,
  invocation: Invocation,
  call: UpstreamCall,
  key: RingKey | undefined,
  handler: ReplyHandler,
  guard: ExchangeGuard,
): void {
  invocation.onCancel((error) => guard.cut(error));
  if (invocation.isCancelled) return;
  const { provider } = call.model;
  const base = requestHeaders(provider, key, call.isStream);
  const headers = call.headers === NO_HEADERS ? base : { ...base, ...call.headers };
  const transport = dependencies.connections.transportOf(provider);
  const { endpoint, body, model } = call;
  transport.send({ endpoint, method: 'POST', headers, body, model }, handler);
}
