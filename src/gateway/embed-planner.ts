import type { EmbedRequest } from '../canonical/embed.ts';
import { LossLedger } from '../canonical/loss.ts';
import type { ServiceId } from '../canonical/service-id.ts';
import type { ModelEntry } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import { FRAMINGS } from '../lib/framing.ts';
import type { JsonObject } from '../lib/json.ts';
import { badAnswer, readJsonAnswer } from '../protocols/read-answer.ts';
import type { EmbedDialect, EmbedUpstream } from '../protocols/services/embed-format.ts';
import { EMBED_UPSTREAMS } from '../protocols/services/embed-upstreams.ts';
import { readEmbedDefaults } from '../protocols/services/openai-embeddings.ts';
import { decodeServiceError, hiddenError } from '../protocols/services/service-errors.ts';
import { readServiceUsage } from '../protocols/services/service-usage.ts';
import type { Invocation } from './invocation.ts';
import { describeLosses } from './losses.ts';
import type { ServicePayload } from './service-payload.ts';
import {
  estimateUsage,
  hasService,
  routerMembersOf,
  serviceEndpoint,
  upstreamNameOf,
  withoutService,
} from './service-planner.ts';
import {
  type CallPlanner,
  type ModelLoss,
  NO_HEADERS,
  type PlannedRequest,
  type UpstreamCall,
  type WholeAnswer,
} from './upstream-call.ts';
import type { WholeReply } from './whole-reply.ts';

/** Embeddings, in any client's words, at any provider; made for one request. */
export class EmbedPlanner implements CallPlanner {
  readonly #dialect: EmbedDialect;
  readonly #payload: ServicePayload;
  readonly #request: EmbedRequest;
  /** One model of each format tells them for all. */
  readonly #losses = new Map<ServiceId, LossLedger['entries']>();

  /** `body` has passed the `readHead` of `dialect`; `payload` is the same in bytes. */
  constructor(dialect: EmbedDialect, body: JsonObject, payload: ServicePayload) {
    this.#dialect = dialect;
    this.#payload = payload;
    this.#request = dialect.decodeRequest(body);
  }

  lossOf(_request: PlannedRequest, model: ModelEntry): ModelLoss | undefined {
    if (hasService(model, this.#dialect.service)) return undefined;
    const upstream = upstreamOf(model);
    if (upstream === undefined) return withoutService(model, '/v1/embeddings');
    const detail = impossibility(this.#request, upstream);
    if (detail !== undefined) return { detail, isTolerated: false };
    return describeLosses(this.#lossesFor(model, upstream), model.unsupported);
  }

  plan(invocation: Invocation, model: ModelEntry): UpstreamCall {
    if (hasService(model, this.#dialect.service)) return this.#forwardCall(invocation, model);
    const upstream = upstreamOf(model);
    if (upstream === undefined) throw new RouterError('model.unavailable', { detail: `${model.key} does not embed` });
    const { body, losses } = this.#translate(model, upstream, upstreamNameOf(invocation.request, model));
    return {
      ...callBase(invocation, model, upstream.service),
      body: JSON.stringify(body),
      isPassthrough: false,
      losses,
      readWhole: (reply) => this.#readTranslated(invocation, model, upstream, reply),
    };
  }

  /** The provider speaks the client's own format. */
  #forwardCall(invocation: Invocation, model: ModelEntry): UpstreamCall {
    const { request } = invocation;
    const defaults = readEmbedDefaults(model.defaultParams);
    const { set = {}, drop = [] } = this.#dialect.forwardEdits(request.body, upstreamNameOf(request, model), defaults);
    const { vectorEncoding } = model.provider.spec;
    const asksForEncoding = vectorEncoding !== undefined && request.body['encoding_format'] !== undefined;
    return {
      ...callBase(invocation, model, this.#dialect.service),
      body: this.#payload.write({
        set: asksForEncoding ? { ...set, encoding_format: vectorEncoding } : set,
        drop: [...drop, ...routerMembersOf(request.body)],
      }),
      isPassthrough: true,
      losses: [],
      readWhole: (reply) => this.#readForwarded(invocation, reply),
    };
  }

  #lossesFor(model: ModelEntry, upstream: EmbedUpstream): LossLedger['entries'] {
    const losses = this.#losses.get(upstream.service) ?? this.#translate(model, upstream).losses;
    this.#losses.set(upstream.service, losses);
    return losses;
  }

  #translate(
    model: ModelEntry,
    upstream: EmbedUpstream,
    upstreamName: string = model.upstreamName,
  ): { readonly body: JsonObject; readonly losses: LossLedger['entries'] } {
    const request = { ...readEmbedDefaults(model.defaultParams), ...this.#request };
    const ledger = new LossLedger();
    for (const name of request.exclusive ?? []) ledger.dropped(name, 'meaning');
    for (const name of request.unknown) ledger.dropped(name, 'minor');
    return { body: upstream.encodeRequest(request, upstreamName, ledger), losses: ledger.entries };
  }

  #readForwarded(invocation: Invocation, { body }: WholeReply): WholeAnswer {
    const answer = readAnswer(body);
    const forwarded = this.#dialect.forwardAnswer?.(answer, invocation.request.body);
    const usage = readServiceUsage(answer) ?? estimateUsage(invocation);
    return wholeAnswer(forwarded === undefined ? body : JSON.stringify(forwarded), usage);
  }

  #readTranslated(
    invocation: Invocation,
    model: ModelEntry,
    upstream: EmbedUpstream,
    { body }: WholeReply,
  ): WholeAnswer {
    const { request } = invocation;
    const response = upstream.decodeResponse(readAnswer(body));
    const { length } = this.#request.inputs;
    if (response.vectors.length !== length) {
      throw badAnswer(`${response.vectors.length} embeddings for ${length} inputs`);
    }
    const usage = response.usage ?? estimateUsage(invocation);
    const facts = { requestId: request.requestId, model: model.name, body: request.body, usage };
    return wholeAnswer(JSON.stringify(this.#dialect.encodeResponse(response, facts)), usage);
  }
}

/** The format that the model's provider embeds in; undefined where it does not. */
function upstreamOf(model: ModelEntry): EmbedUpstream | undefined {
  return EMBED_UPSTREAMS.find(({ service }) => hasService(model, service));
}

/** What no setting can make a format take. */
function impossibility({ inputs }: EmbedRequest, { maxInputs = Infinity }: EmbedUpstream): string | undefined {
  if (inputs.some(({ kind }) => kind === 'tokens')) return 'takes texts, not tokens';
  if (inputs.some(({ kind }) => kind === 'media')) return 'takes texts only, in this format';
  return inputs.length > maxInputs ? `takes at most ${maxInputs} inputs in one call` : undefined;
}

function callBase(
  { request }: Invocation,
  model: ModelEntry,
  service: ServiceId,
): Pick<UpstreamCall, 'model' | 'endpoint' | 'headers' | 'isStream' | 'framing' | 'decodeError' | 'createRelay'> {
  return {
    model,
    endpoint: serviceEndpoint(model, service, upstreamNameOf(request, model)),
    headers: NO_HEADERS,
    isStream: false,
    framing: FRAMINGS.sse,
    decodeError: decodeServiceError,
    createRelay: () => {
      throw new Error('embeddings are not streamed');
    },
  };
}

function readAnswer(body: Buffer): JsonObject {
  const answer = readJsonAnswer(body);
  const error = hiddenError(answer);
  if (error !== undefined) throw error;
  return answer;
}

function wholeAnswer(body: WholeAnswer['body'], usage: WholeAnswer['usage']): WholeAnswer {
  return { kind: 'whole', contentType: 'application/json', body, usage, finishReason: undefined };
}
