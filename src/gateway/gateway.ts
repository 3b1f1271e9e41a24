import { estimatePromptTokens } from '../canonical/needs.ts';
import { estimatedUsage, type Usage } from '../canonical/usage.ts';
import type { Catalog } from '../config/catalog.ts';
import type { ModelEntry } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import type { InvocationSink } from '../monitor/invocation-record.ts';
import { costOf } from '../monitor/pricing.ts';
import { buildQuery } from '../routing/build-query.ts';
import type { Explanation, RouteQuery, RoutingDecision, SelectionContext } from '../routing/decision.ts';
import { noMatchError } from '../routing/no-match.ts';
import { decide, explain } from '../routing/router-engine.ts';
import { type AnswerHeaders, type AnswerSink, CollectingSink, NOBODY } from './answer-sink.ts';
import { type AttemptDependencies, attemptCandidates } from './attempt-candidates.ts';
import { ChatPlanner } from './chat-planner.ts';
import { countTokens, type TokenCount } from './count-tokens.ts';
import { type GatewayRequest, Invocation } from './invocation.ts';
import { lossHeader } from './losses.ts';
import type { StreamAnswer } from './open-upstream.ts';
import { buildRecord } from './record.ts';
import type { StreamRelay } from './stream-relay.ts';
import { ThoughtMemory } from './thought-memory.ts';
import type { CallPlanner, PlannedRequest, WholeAnswer } from './upstream-call.ts';

export interface GatewayDependencies extends AttemptDependencies {
  readonly records: InvocationSink;
  readonly catalog: Catalog;
  /** Told about errors that nobody foresaw; the client sees only the request's id. */
  readonly onUnexpected: (error: RouterError, requestId: string) => void;
}

/** What a decision is made of. */
export type RoutedRequest = Pick<GatewayRequest, 'snapshot' | 'question' | 'planner'> & PlannedRequest;

/** Runs model calls: decides, attempts, answers, records. Nothing it does waits for a database. */
export class Gateway {
  readonly #dependencies: GatewayDependencies;
  readonly #chat: CallPlanner;
  #inFlight = 0;

  constructor(dependencies: GatewayDependencies) {
    this.#dependencies = dependencies;
    this.#chat = new ChatPlanner(new ThoughtMemory(dependencies.clock.now));
  }

  /** Calls that have not ended yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Answers on `sink` whatever happens, leaves exactly one record, and never rejects. */
  async invoke(request: GatewayRequest, sink: AnswerSink): Promise<void> {
    const { clock } = this.#dependencies;
    const planner = request.planner ?? this.#chat;
    const invocation = new Invocation({
      request,
      planner,
      sink,
      startedAt: clock.now(),
      startedAtWall: clock.wallTime(),
    });
    this.#inFlight += 1;
    try {
      const decision = this.#decide(invocation);
      const answer = await attemptCandidates(this.#dependencies, invocation, decision);
      if (answer.kind === 'whole') this.#send(invocation, answer);
      else await this.#stream(invocation, answer);
    } catch (thrown) {
      this.#refuse(invocation, RouterError.from(thrown));
    } finally {
      this.#inFlight -= 1;
      if (isRecorded(invocation)) this.#dependencies.records.offer(buildRecord(invocation, this.#dependencies));
    }
  }

  /** Runs the items of a batch side by side and returns their answers in order. */
  async invokeBatch(requests: readonly GatewayRequest[], sink: AnswerSink): Promise<readonly CollectingSink[]> {
    const sinks = requests.map(() => new CollectingSink(sink));
    const calls = requests.map((request, index) => this.invoke(request, sinks[index] ?? new CollectingSink(sink)));
    await Promise.all(calls);
    return sinks;
  }

  /** The decision that `invoke` would act on, with every model accounted for. Calls nobody, takes no token. */
  explain(request: RoutedRequest): Explanation {
    const query = buildQuery(request.snapshot, request.question);
    return explain(request.snapshot, query, this.#context(request));
  }

  /** The model that a call would try first, also when it would have to wait for it. Calls nobody, takes no token. */
  choose(request: RoutedRequest): ModelEntry {
    const { candidates, limited } = this.#select(request, buildQuery(request.snapshot, request.question));
    const best = candidates[0] ?? limited[0]?.model;
    if (best === undefined) throw new RouterError('route.no_candidate');
    return best;
  }

  /** How long a prompt is for the model that a call would try first. Takes no token and leaves no record. */
  countTokens(request: GatewayRequest): Promise<TokenCount> {
    const { clock } = this.#dependencies;
    const model = this.choose(request);
    const planner = request.planner ?? this.#chat;
    const facts = { request, planner, sink: NOBODY, startedAt: clock.now(), startedAtWall: clock.wallTime() };
    const call = planner.plan(new Invocation(facts), model, { withoutSeals: false });
    return countTokens(this.#dependencies, request, model, call);
  }

  /** The models that may serve, best first. Throws where none can. */
  #select(request: RoutedRequest, query: RouteQuery): RoutingDecision {
    const context = this.#context(request);
    const decision = decide(request.snapshot, query, context);
    if (decision.candidates.length > 0 || decision.limited.length > 0) return decision;
    throw noMatchError(request.snapshot, query, context);
  }

  #decide(invocation: Invocation): RoutingDecision {
    const { request } = invocation;
    const query = buildQuery(request.snapshot, request.question);
    invocation.query = query;
    const decision = this.#select(request, query);
    invocation.reason = describe(decision);
    return decision;
  }

  #context(request: RoutedRequest): SelectionContext {
    const { limits, clock } = this.#dependencies;
    const planner = request.planner ?? this.#chat;
    return {
      needs: request.head.needs,
      permits: request.caller.permits,
      state: limits,
      now: clock.now(),
      lossOf: (model) => planner.lossOf(request, model),
    };
  }

  #send(invocation: Invocation, answer: WholeAnswer): void {
    invocation.usage = answer.usage;
    invocation.isUsageEstimated = answer.isUsageEstimated === true;
    invocation.finishReason = answer.finishReason;
    invocation.sink.send(200, answerHeaders(invocation, answer.contentType), answer.body);
  }

  async #stream(invocation: Invocation, { relay, reply }: StreamAnswer): Promise<void> {
    invocation.sink.start(200, { ...STREAM_HEADERS, ...answerHeaders(invocation, relay.contentType) });
    invocation.error = await reply.pump(invocation.sink);
    invocation.usage = relay.usage ?? estimateUsage(invocation, relay);
    invocation.finishReason = relay.finishReason;
  }

  #refuse(invocation: Invocation, error: RouterError): void {
    const { request, sink } = invocation;
    invocation.error = error;
    if (error.code === 'internal.unexpected') this.#dependencies.onUnexpected(error, request.requestId);
    if (sink.isGone) return;
    const headers = { ...answerHeaders(invocation, 'application/json'), ...retryHeaders(error) };
    const body = JSON.stringify(request.dialect.encodeError(error, request.requestId));
    sink.send(request.dialect.errorStatus(error), headers, body);
  }
}

/** For a provider that does not say what it used. */
function estimateUsage(invocation: Invocation, relay: StreamRelay): Usage | undefined {
  const outputTokens = relay.sawContent ? relay.estimateOutputTokens() : undefined;
  if (outputTokens === undefined) return undefined;
  invocation.isUsageEstimated = true;
  return estimatedUsage(estimatePromptTokens(invocation.request.head.needs), outputTokens);
}

/** A question that makes no sense is counted, not recorded; one that nobody can serve is recorded. */
function isRecorded({ error }: Invocation): boolean {
  return error === undefined || !error.code.startsWith('request.');
}

/** Proxies on the way must not collect a stream before they pass it on. */
const STREAM_HEADERS = { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' } as const;

function describe(decision: RoutingDecision): string {
  const best: ModelEntry | undefined = decision.candidates[0] ?? decision.limited[0]?.model;
  const limited = decision.limited.length === 0 ? '' : `, ${decision.limited.length} rate limited`;
  return `priority ${best?.priority ?? 0}, ${decision.candidates.length} candidates${limited}`;
}

/** The cost is known before the head only where the answer is whole. */
function answerHeaders(invocation: Invocation, contentType: string): AnswerHeaders {
  const { request, model, attempts, reason, usage } = invocation;
  const headers: AnswerHeaders = { 'content-type': contentType, 'x-request-id': request.requestId };
  if (request.dialect.requestIdHeader !== undefined) headers[request.dialect.requestIdHeader] = request.requestId;
  if (model === undefined) return headers;
  headers['x-router-model'] = headerText(model.key);
  headers['x-router-attempts'] = String(attempts.length);
  headers['x-router-decision'] = reason;
  const losses = invocation.allLosses;
  if (losses.length > 0 && model.unsupported !== 'drop') headers['x-router-loss'] = lossHeader(losses);
  const cost = usage && costOf(model.price, usage);
  if (cost !== undefined) headers['x-router-cost-usd'] = String(cost);
  return headers;
}

/** Seconds, rounded up, for everybody; milliseconds for the SDKs that read them. */
export function retryHeaders(error: RouterError): AnswerHeaders {
  if (error.retryAfterMs === undefined) return {};
  const ms = Math.max(1, Math.ceil(error.retryAfterMs));
  return { 'retry-after': String(Math.ceil(ms / 1000)), 'retry-after-ms': String(ms) };
}

/** Model names may hold any character; a header holds printable ASCII, the rest percent-encoded. */
function headerText(text: string): string {
  return /^[\x20-\x24\x26-\x7e]*$/.test(text) ? text : encodeURI(Buffer.from(text).toString());
}
