import type { ChatResponse } from '../canonical/chat.ts';
import { estimatePromptTokens, tokensOfLength } from '../canonical/needs.ts';
import { originOf } from '../canonical/origin.ts';
import { estimatedUsage } from '../canonical/usage.ts';
import type { ModelEntry } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import { stringifyExact } from '../lib/exact-json.ts';
import { FRAMINGS } from '../lib/framing.ts';
import type { JsonObject } from '../lib/json.ts';
import { costOf } from '../monitor/pricing.ts';
import type { StreamFacts, StreamHeartbeat, UpstreamProtocol } from '../protocols/protocol.ts';
import { readExactAnswer, readJsonAnswer } from '../protocols/read-answer.ts';
import { upstreamProtocols } from '../protocols/registry.ts';
import { restoreResponse } from '../protocols/restore-tools.ts';
import type { ToolNames } from '../protocols/tool-names.ts';
import { endpointOf } from '../providers/endpoint-of.ts';
import { type CallPlan, planCall } from './call-plan.ts';
import type { GatewayRequest, Invocation } from './invocation.ts';
import { describeLosses } from './losses.ts';
import { ownerOf, RequestTranslator } from './request-translator.ts';
import { PassthroughRelay, type StreamRelay, TranscodingRelay } from './stream-relay.ts';
import type { ThoughtMemory } from './thought-memory.ts';
import { editedBody, passthroughBody, type UpstreamBody } from './upstream-body.ts';
import {
  type CallPlanner,
  type ModelLoss,
  NO_HEADERS,
  type PlannedRequest,
  type PlanOptions,
  type UpstreamCall,
  type WholeAnswer,
} from './upstream-call.ts';

/** What a chat call consists of once the format is known. */
interface ChatCall {
  readonly invocation: Invocation;
  readonly model: ModelEntry;
  readonly plan: CallPlan;
  readonly protocol: UpstreamProtocol;
  readonly body: UpstreamBody;
  readonly names: ToolNames | undefined;
}

/** Chat, in any client's words, at any provider. */
export class ChatPlanner implements CallPlanner {
  readonly #thoughts: ThoughtMemory;
  readonly #translators = new WeakMap<JsonObject, RequestTranslator>();

  constructor(thoughts: ThoughtMemory) {
    this.#thoughts = thoughts;
  }

  lossOf(request: PlannedRequest, model: ModelEntry): ModelLoss | undefined {
    const plan = planCall(request.dialect.id, model);
    if (plan === undefined || plan.mode === 'passthrough') return undefined;
    try {
      const losses = this.#translatorOf(request).lossesFor(model, upstreamProtocols[plan.protocol]);
      return describeLosses(losses, model.unsupported);
    } catch (thrown) {
      // What cannot be said in other words at all (a reference to what another provider keeps) is told at the attempt.
      return { detail: RouterError.from(thrown).publicMessage, isTolerated: true };
    }
  }

  heartbeatFor({ dialect, preferEventStream }: GatewayRequest): StreamHeartbeat {
    return dialect.heartbeat(preferEventStream);
  }

  plan(invocation: Invocation, model: ModelEntry, options: PlanOptions): UpstreamCall {
    const { request } = invocation;
    const plan = planCall(request.dialect.id, model);
    if (plan === undefined) throw new RouterError('model.unavailable', { detail: `${model.key} does not chat` });
    const protocol = upstreamProtocols[plan.protocol];
    const { body, names, losses } = this.#bodyOf(request, model, plan, options);
    const call: ChatCall = { invocation, model, plan, protocol, body, names };
    const isStream = request.head.stream;
    return {
      model,
      endpoint: endpointOf(model.provider, plan.protocol, request.upstreamName ?? model.upstreamName, isStream),
      body: body.bytes,
      headers: plan.mode === 'passthrough' ? request.forwardedHeaders : NO_HEADERS,
      isStream,
      framing: FRAMINGS[protocol.framing],
      isPassthrough: plan.mode === 'passthrough',
      losses,
      decodeError: (status, text, headers) => protocol.decodeError(status, text, headers),
      readWhole: (reply) => this.#readWhole(call, reply.body),
      createRelay: () => this.#createRelay(call),
    };
  }

  #bodyOf(
    request: PlannedRequest,
    model: ModelEntry,
    plan: CallPlan,
    options: PlanOptions,
  ): Pick<ChatCall, 'body' | 'names'> & Pick<UpstreamCall, 'losses'> {
    const protocol = upstreamProtocols[plan.protocol];
    if (plan.mode === 'passthrough') {
      const body = passthroughBody(request, model, protocol, options);
      return { body, names: undefined, losses: body.losses };
    }
    const translated = this.#translatorOf(request).translate(model, protocol, options);
    const body = editedBody(translated.body, request, model, protocol);
    return { body, names: translated.names, losses: [...translated.losses, ...body.losses] };
  }

  #translatorOf(request: PlannedRequest): RequestTranslator {
    const known = this.#translators.get(request.body);
    if (known !== undefined) return known;
    const translator = new RequestTranslator(request, this.#thoughts);
    this.#translators.set(request.body, translator);
    return translator;
  }

  #readWhole(call: ChatCall, bytes: Buffer): WholeAnswer {
    const { invocation, model, plan, protocol } = call;
    if (plan.mode === 'passthrough') {
      const { usage, finishReason } = protocol.summarizeResponse(bytes);
      if (usage !== undefined) return { kind: 'whole', contentType: JSON_TYPE, body: bytes, usage, finishReason };
      const guess = estimateOf(call, protocol.decodeResponse(readJsonAnswer(bytes)));
      return { kind: 'whole', contentType: JSON_TYPE, body: bytes, finishReason, ...guess };
    }
    const raw = readExactAnswer(bytes);
    const decoded = protocol.decodeResponse(raw);
    const response = call.names === undefined ? decoded : restoreResponse(decoded, call.names);
    const facts = answerFacts(call);
    for (const { content } of response.choices) {
      this.#thoughts.remember(content, facts.origin, ownerOf(invocation.request));
    }
    const costUsd = response.usage && costOf(model.price, response.usage);
    const encoded = invocation.request.dialect.encodeResponse(response, { ...facts, costUsd, raw });
    const { finishReason } = response.choices[0];
    const answer = { kind: 'whole', contentType: JSON_TYPE, body: stringifyExact(encoded), finishReason } as const;
    const { usage } = response;
    return usage === undefined ? { ...answer, ...estimateOf(call, response) } : { ...answer, usage };
  }

  #createRelay(call: ChatCall): StreamRelay {
    const { plan, protocol, body, names, invocation } = call;
    const { dialect } = invocation.request;
    const facts = streamFacts(call);
    const encoder = dialect.createStreamEncoder(facts);
    if (plan.mode === 'passthrough') {
      const tap = protocol.createStreamTap({ hideUsage: body.hidesUsage });
      return new PassthroughRelay(tap, encoder, protocol, dialect.createReframer?.(facts));
    }
    const owner = ownerOf(invocation.request);
    const onThoughts = (content: Parameters<ThoughtMemory['remember']>[0]): void =>
      this.#thoughts.remember(content, facts.origin, owner);
    return new TranscodingRelay({ protocol, encoder, names, onThoughts });
  }
}

const JSON_TYPE = 'application/json';

/** What a call whose provider does not say has probably used: for the record, not for the client. */
function estimateOf(
  { invocation }: ChatCall,
  { choices }: ChatResponse,
): Pick<WholeAnswer, 'usage' | 'isUsageEstimated'> {
  const parts = choices.flatMap(({ content }) => content);
  const length = parts.reduce((sum, part) => sum + ('text' in part ? part.text.length : 0), 0);
  const usage = estimatedUsage(estimatePromptTokens(invocation.request.head.needs), tokensOfLength(length));
  return { usage, isUsageEstimated: true };
}

function answerFacts({ invocation, model, plan }: ChatCall): Omit<StreamFacts, keyof StreamOnlyFacts> {
  const { request, startedAtWall } = invocation;
  return {
    requestId: request.requestId,
    createdAt: Math.floor(startedAtWall / 1000),
    provider: model.provider.name,
    model: model.name,
    body: request.body,
    origin: originOf(plan.protocol, model.provider.name),
    ledger: invocation.answerLosses,
  };
}

type StreamOnlyFacts = Pick<StreamFacts, 'preferEventStream' | 'includeUsage' | 'estimatedInputTokens' | 'costOf'>;

function streamFacts(call: ChatCall): StreamFacts {
  const { request } = call.invocation;
  return {
    ...answerFacts(call),
    preferEventStream: request.preferEventStream,
    includeUsage: !call.body.hidesUsage,
    estimatedInputTokens: estimatePromptTokens(request.head.needs),
    costOf: (usage) => costOf(call.model.price, usage),
  };
}
