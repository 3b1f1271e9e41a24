import type { ModelEntry } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Deadlines } from '../lib/deadlines.ts';
import type { ProviderConnections } from '../providers/connections.ts';
import type { RingKey } from '../providers/key-entry.ts';
import { requestHeaders } from '../providers/request-headers.ts';
import type { ReplyHandler } from '../providers/transport.ts';
import type { ExchangeClocks, ExchangeGuard } from './exchange.ts';
import type { Invocation } from './invocation.ts';
import { KeyTries } from './key-tries.ts';
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
  const keys = new KeyTries(connections.keysOf(model.provider), model, invocation.request.head.needs);
  let call = planOf(invocation, model, { withoutSeals: false });
  let hasSeals = true;
  let key = keys.first(clock.now());
  for (;;) {
    try {
      const answer = await exchange(dependencies, invocation, call, key);
      keys.succeed(key, clock.now());
      return answer;
    } catch (thrown) {
      const error = RouterError.from(thrown);
      if (error.code === 'upstream.bad_signature' && hasSeals) {
        hasSeals = false;
        call = planWithoutSeals(invocation, model);
        continue;
      }
      key = keys.next(key, error, clock.now());
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

function exchange(
  dependencies: UpstreamDependencies,
  invocation: Invocation,
  call: UpstreamCall,
  key: RingKey,
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
  key: RingKey,
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
  key: RingKey,
  handler: ReplyHandler,
  guard: ExchangeGuard,
): void {
  invocation.onCancel((error) => guard.cut(error));
  if (invocation.isCancelled) return;
  try {
    const { provider } = call.model;
    const base = requestHeaders(provider, key, call.isStream);
    const headers = call.headers === NO_HEADERS ? base : { ...base, ...call.headers };
    const transport = dependencies.connections.transportOf(provider);
    const { endpoint, body, model } = call;
    const watching = dependencies.connections.keys.watchLimits(provider, model.key, key, handler);
    invocation.wasSent = true;
    transport.send({ endpoint, method: 'POST', headers, body, model }, watching);
  } catch (thrown) {
    // Whoever waits for the answer is told by the guard, and by nobody else.
    guard.cut(RouterError.from(thrown));
  }
}
