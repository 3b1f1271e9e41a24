import type { FinishReason } from '../canonical/chat.ts';
import type { Usage } from '../canonical/usage.ts';
import type { ModelEntry } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Deadlines } from '../lib/deadlines.ts';
import { isJsonObject, type JsonObject, parseJson } from '../lib/json.ts';
import { costOf } from '../monitor/pricing.ts';
import type { UpstreamProtocol } from '../protocols/protocol.ts';
import { upstreamProtocols } from '../protocols/registry.ts';
import type { ProviderConnections } from '../providers/connections.ts';
import { endpointOf } from '../providers/endpoint-of.ts';
import type { KeyRing, RingKey } from '../providers/key-ring.ts';
import { requestHeaders } from '../providers/request-headers.ts';
import type { ReplyHandler } from '../providers/transport.ts';
import { type CallPlan, planCall } from './call-plan.ts';
import type { ExchangeClocks, ExchangeGuard } from './exchange.ts';
import type { Invocation } from './invocation.ts';
import { PassthroughRelay, type StreamRelay, TranscodingRelay } from './stream-relay.ts';
import { StreamReply } from './stream-reply.ts';
import { passthroughBody, translatedBody, type UpstreamBody } from './upstream-body.ts';
import { ReplyCollector, type WholeReply } from './whole-reply.ts';

export interface UpstreamDependencies {
  readonly connections: ProviderConnections;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
}

export interface WholeAnswer {
  readonly kind: 'whole';
  readonly body: Buffer | string;
  readonly usage: Usage | undefined;
  readonly finishReason: FinishReason | undefined;
}

/** A stream that has reached its commit point. */
export interface StreamAnswer {
  readonly kind: 'stream';
  readonly reply: StreamReply;
  readonly relay: StreamRelay;
}

/** An answer that may be given to the client. */
export type OpenAnswer = WholeAnswer | StreamAnswer;

/** One call to one model: what stays the same while its keys are tried one after the other. */
interface UpstreamCall {
  readonly invocation: Invocation;
  readonly model: ModelEntry;
  readonly plan: CallPlan;
  readonly protocol: UpstreamProtocol;
  readonly body: UpstreamBody;
}

const REJECTED_KEY_REST_MS = 60_000;
const LIMITED_KEY_REST_MS = 5_000;

/**
 * Calls one model and returns once there is something to show. Goes on with the provider's next key where the provider
 * refuses one (that is no retry: the provider did not do any work). Throws a RouterError for everything else.
 */
export async function openUpstream(
  dependencies: UpstreamDependencies,
  invocation: Invocation,
  model: ModelEntry,
): Promise<OpenAnswer> {
  const call = prepareCall(invocation, model);
  const ring = dependencies.connections.keysOf(model.provider);
  let tried: Set<string> | undefined;
  let key = ring.pick(dependencies.clock.now());
  for (;;) {
    try {
      return await exchange(dependencies, call, key);
    } catch (thrown) {
      const error = RouterError.from(thrown);
      if (key === undefined || !parkKey(ring, key, error, dependencies.clock.now())) throw error;
      tried ??= new Set();
      tried.add(key.id);
      const next = ring.pick(dependencies.clock.now(), tried);
      if (next === undefined) throw error;
      key = next;
    }
  }
}

function prepareCall(invocation: Invocation, model: ModelEntry): UpstreamCall {
  const { request } = invocation;
  const plan = planCall(request.dialect.id, model);
  if (plan === undefined) throw new RouterError('model.unavailable', { detail: `${model.provider.name} has no chat` });
  const protocol = upstreamProtocols[plan.protocol];
  const isPassthrough = plan.mode === 'passthrough';
  invocation.isPassthrough = isPassthrough;
  const body = isPassthrough ? passthroughBody(request, model) : translatedBody(request, model, protocol);
  return { invocation, model, plan, protocol, body };
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
  call: UpstreamCall,
  key: RingKey | undefined,
): Promise<OpenAnswer> {
  const clocks = clocksOf(dependencies, call);
  if (call.invocation.request.head.stream) return openStream(dependencies, call, key, clocks);
  return openWhole(dependencies, call, key, clocks);
}

function clocksOf({ clock, deadlines }: UpstreamDependencies, { model, invocation }: UpstreamCall): ExchangeClocks {
  const { firstTokenMs, idleMs } = model.timeouts;
  return { clock, deadlines, firstTokenMs, idleMs, totalDeadline: invocation.totalDeadline };
}

function openStream(
  dependencies: UpstreamDependencies,
  call: UpstreamCall,
  key: RingKey | undefined,
  clocks: ExchangeClocks,
): Promise<StreamAnswer> {
  const relay = createRelay(call);
  const reply = new StreamReply(clocks, relay, call.protocol);
  send(dependencies, call, key, reply, reply.guard);
  return reply.committed.then(() => ({ kind: 'stream', reply, relay }));
}

function createRelay(call: UpstreamCall): StreamRelay {
  const { model, plan, protocol, body } = call;
  const { request } = call.invocation;
  const encoder = request.dialect.createStreamEncoder({
    requestId: request.requestId,
    provider: model.provider.name,
    model: model.name,
    createdAt: Math.floor(call.invocation.startedAtWall / 1000),
    preferEventStream: request.preferEventStream,
    includeUsage: !body.hidesUsage,
    costOf: (usage) => costOf(model.price, usage),
  });
  if (plan.mode === 'translate') return new TranscodingRelay(protocol.createStreamDecoder(), encoder);
  return new PassthroughRelay(protocol.createStreamTap({ hideUsage: body.hidesUsage }), encoder);
}

function openWhole(
  dependencies: UpstreamDependencies,
  call: UpstreamCall,
  key: RingKey | undefined,
  clocks: ExchangeClocks,
): Promise<WholeAnswer> {
  const collector = new ReplyCollector(clocks);
  send(dependencies, call, key, collector, collector.guard);
  return collector.done.then((reply) => {
    const raw = readAnswer(reply, call.protocol);
    if (call.plan.mode === 'translate') return encodeAnswer(call, raw);
    return { kind: 'whole', body: reply.body, ...call.protocol.summarizeResponse(raw) };
  });
}

function readAnswer(reply: WholeReply, protocol: UpstreamProtocol): JsonObject {
  const text = reply.body.toString('utf8');
  const isSuccess = reply.status >= 200 && reply.status < 300;
  if (!isSuccess) throw protocol.decodeError(reply.status, text, reply.headers);
  const parsed = parseJson(text);
  if (parsed.ok && isJsonObject(parsed.value)) return parsed.value;
  throw new RouterError('upstream.bad_response', { detail: `not a JSON object: ${text.slice(0, 200)}` });
}

function encodeAnswer({ invocation, model, protocol }: UpstreamCall, raw: JsonObject): WholeAnswer {
  const { request } = invocation;
  const response = protocol.decodeResponse(raw);
  const encoded = request.dialect.encodeResponse(response, {
    requestId: request.requestId,
    createdAt: Math.floor(invocation.startedAtWall / 1000),
    provider: model.provider.name,
    model: model.name,
    costUsd: response.usage && costOf(model.price, response.usage),
    raw,
  });
  return {
    kind: 'whole',
    body: JSON.stringify(encoded),
    usage: response.usage,
    finishReason: response.choices[0].finishReason,
  };
}

function send(
  dependencies: UpstreamDependencies,
  call: UpstreamCall,
  key: RingKey | undefined,
  handler: ReplyHandler,
  guard: ExchangeGuard,
): void {
  const { invocation, model, plan, body } = call;
  invocation.onCancel((error) => guard.cut(error));
  if (invocation.isCancelled) return;
  const endpoint = endpointOf(model.provider, plan.protocol, invocation.request.upstreamName ?? model.upstreamName);
  const headers = requestHeaders(model.provider, key, invocation.request.head.stream);
  const transport = dependencies.connections.transportOf(model.provider);
  transport.send({ endpoint, method: 'POST', headers, body: body.bytes }, handler);
}
