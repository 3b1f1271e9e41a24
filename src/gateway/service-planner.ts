import { estimatePromptTokens } from '../canonical/needs.ts';
import type { ServiceId } from '../canonical/service-id.ts';
import type { Usage } from '../canonical/usage.ts';
import type { ModelEntry } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import { FRAMINGS } from '../lib/framing.ts';
import { asObject, type JsonObject, type JsonValue } from '../lib/json.ts';
import { EVENT_STREAM_HEARTBEAT } from '../protocols/heartbeats.ts';
import { encodeStreamError } from '../protocols/openai-chat/errors.ts';
import { OpenAiChatStreamTap } from '../protocols/openai-chat/stream-tap.ts';
import type { StreamHeartbeat } from '../protocols/protocol.ts';
import { readJsonAnswer } from '../protocols/read-answer.ts';
import { ROUTER_MEMBERS } from '../protocols/router-members.ts';
import { ServiceEventTap } from '../protocols/services/event-tap.ts';
import type { Delivery, Service } from '../protocols/services/service.ts';
import { decodeServiceError, hiddenError } from '../protocols/services/service-errors.ts';
import { readServiceUsage, usageOfTokens } from '../protocols/services/service-usage.ts';
import { endpointAt } from '../providers/endpoint-of.ts';
import type { Endpoint } from '../providers/transport.ts';
import { quoted } from '../routing/name-text.ts';
import type { GatewayRequest, Invocation } from './invocation.ts';
import type { ServicePayload } from './service-payload.ts';
import { EventRelay, RawRelay } from './service-relay.ts';
import type { StreamRelay } from './stream-relay.ts';
import type { CallPlanner, ModelLoss, PlannedRequest, UpstreamCall, WholeAnswer } from './upstream-call.ts';
import type { WholeReply } from './whole-reply.ts';

/** Calls of one service whose requests and answers go through; made for one request. */
export class ServicePlanner implements CallPlanner {
  readonly #service: Service;
  readonly #payload: ServicePayload;

  constructor(service: Service, payload: ServicePayload) {
    this.#service = service;
    this.#payload = payload;
  }

  lossOf(_request: PlannedRequest, model: ModelEntry): ModelLoss | undefined {
    return hasService(model, this.#service.id) ? undefined : withoutService(model, this.#service.endpoint);
  }

  /** Completions only: what else is streamed may be bytes, or an answer that comes as the JSON it is. */
  heartbeatFor({ body }: GatewayRequest): StreamHeartbeat | undefined {
    const isEvents = this.#service.id === 'completions' && this.#service.deliveryOf(body) === 'events';
    return isEvents ? EVENT_STREAM_HEARTBEAT : undefined;
  }

  plan(invocation: Invocation, model: ModelEntry): UpstreamCall {
    const { request } = invocation;
    const service = this.#service;
    const delivery = service.deliveryOf(request.body);
    const set = { ...this.#additions(request, model), model: upstreamNameOf(request, model) };
    return {
      model,
      endpoint: serviceEndpoint(model, service.id, upstreamNameOf(request, model)),
      body: this.#payload.write({ set, drop: routerMembersOf(request.body, service.ownMembers) }),
      headers: this.#headersFor(delivery),
      isStream: delivery !== 'whole',
      framing: FRAMINGS[delivery === 'bytes' ? 'raw' : 'sse'],
      isPassthrough: true,
      losses: [],
      decodeError: decodeServiceError,
      readWhole: (reply) => this.#readWhole(invocation, reply),
      createRelay: () => this.#createRelay(invocation, delivery),
    };
  }

  /** What the client leaves open and the configuration says; and how a stream of words is made to tell its usage. */
  #additions({ body }: GatewayRequest, model: ModelEntry): Record<string, JsonValue> {
    const additions: Record<string, JsonValue> = {};
    for (const [name, value] of Object.entries(model.defaultParams)) {
      if (value !== undefined && (body[name] ?? null) === null) additions[name] = value;
    }
    const isOnDemand = model.provider.streamUsage === 'stream_options';
    if (this.#service.id === 'completions' && body['stream'] === true && isOnDemand) {
      additions['stream_options'] = { ...asObject(body['stream_options']), include_usage: true };
    }
    return additions;
  }

  #headersFor(delivery: Delivery): Readonly<Record<string, string>> {
    const { contentType } = this.#payload;
    const accept = delivery === 'bytes' || this.#service.answersText ? { accept: '*/*' } : {};
    return { ...accept, ...(contentType === undefined ? {} : { 'content-type': contentType }) };
  }

  #readWhole(invocation: Invocation, { headers, body }: WholeReply): WholeAnswer {
    const contentType = String(headers['content-type'] ?? this.#service.contentTypeOf(invocation.request.body));
    const isText = this.#service.answersText && !contentType.includes('json');
    const answer = isText ? {} : readJsonAnswer(body);
    const error = hiddenError(answer);
    if (error !== undefined) throw error;
    const usage = readServiceUsage(answer) ?? (this.#service.isTextPriced ? estimateUsage(invocation) : undefined);
    return { kind: 'whole', contentType, body, usage, finishReason: undefined };
  }

  #createRelay({ request, sink }: Invocation, delivery: Delivery): StreamRelay {
    const { body, requestId } = request;
    if (delivery === 'bytes') {
      const contentType = this.#service.contentTypeOf(body);
      // A sink that has begun answers a second head by breaking the connection, which is what a cut answer needs.
      return new RawRelay({ contentType, breakOff: (error) => sink.send(error.status, {}, '') });
    }
    const isCompletion = this.#service.id === 'completions';
    return new EventRelay({
      tap: isCompletion ? new OpenAiChatStreamTap({ hideUsage: !asksForUsage(body) }) : new ServiceEventTap(),
      encodeFailure: (error) => encodeStreamError(error, requestId),
      // A whole completion has the members of a chunk.
      encodeWhole: isCompletion ? (answer) => `data: ${answer}\n\ndata: [DONE]\n\n` : undefined,
      isTokenwise: isCompletion,
    });
  }
}

function asksForUsage(body: JsonObject): boolean {
  return asObject(body['stream_options'])['include_usage'] === true;
}

export function hasService({ provider }: ModelEntry, service: ServiceId): boolean {
  return provider.spec.services?.[service] !== undefined;
}

/** Why a model's provider cannot do such work, whatever the model can. */
export function withoutService({ provider }: ModelEntry, endpoint: string): ModelLoss {
  const detail = `belongs to the provider ${quoted(provider.name)}, which has no endpoint like ${endpoint}`;
  return { detail, isTolerated: false };
}

export function serviceEndpoint({ key, provider }: ModelEntry, service: ServiceId, upstreamName: string): Endpoint {
  const path = provider.spec.services?.[service];
  if (path === undefined) throw new RouterError('model.unavailable', { detail: `${key} has no ${service}` });
  return endpointAt(provider, path, upstreamName);
}

export function upstreamNameOf(request: PlannedRequest, model: ModelEntry): string {
  return request.upstreamName ?? model.upstreamName;
}

/** Members that spoke to the router, but for those that the service has a use of its own for. */
export function routerMembersOf(body: JsonObject, ownMembers: readonly string[] = []): readonly string[] {
  return Object.keys(body).filter((name) => name !== 'model' && ROUTER_MEMBERS.has(name) && !ownMembers.includes(name));
}

/** By the length of the texts, for a provider that does not say what it used. */
export function estimateUsage(invocation: Invocation): Usage {
  invocation.isUsageEstimated = true;
  return usageOfTokens(estimatePromptTokens(invocation.request.head.needs));
}
