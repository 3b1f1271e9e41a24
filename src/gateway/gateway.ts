import { estimatePromptTokens } from '../canonical/needs.ts';
import { estimatedUsage, type Usage } from '../canonical/usage.ts';
import type { Catalog } from '../config/catalog.ts';
import type { ModelEntry } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import type { InvocationSink } from '../monitor/invocation-record.ts';
import { buildQuery } from '../routing/build-query.ts';
import type { Explanation, RouteQuery, RoutingDecision, SelectionContext } from '../routing/decision.ts';
import { noMatchError } from '../routing/no-match.ts';
import { decide, decideFallbacks, explain } from '../routing/router-engine.ts';
import { liveState } from '../routing/routing-state.ts';
import { isActive } from '../routing/skip-rules.ts';
import { answerHeaders, retryHeaders, STREAM_HEADERS } from './answer-headers.ts';
import { type AnswerSink, CollectingSink, NOBODY } from './answer-sink.ts';
import { settleAttempt } from './attempt.ts';
import { attemptCandidates, type FallbacksOf, type WalkDependencies } from './attempt-candidates.ts';
import { ChatPlanner } from './chat-planner.ts';
import { countTokens, type TokenCount } from './count-tokens.ts';
import { startHeartbeat } from './heartbeat.ts';
import { type GatewayRequest, Invocation } from './invocation.ts';
import { encodeLateFailure } from './late-failure.ts';
import type { StreamAnswer } from './open-upstream.ts';
import { buildRecord } from './record.ts';
import type { StreamRelay } from './stream-relay.ts';
import { ThoughtMemory } from './thought-memory.ts';
import type { CallPlanner, PlannedRequest, WholeAnswer } from './upstream-call.ts';

export interface GatewayDependencies extends Omit<WalkDependencies, 'state'> {
  readonly records: InvocationSink;
  readonly catalog: Catalog;
  /** Told about errors that nobody foresaw; the client sees only the request's id. */
  readonly onUnexpected: (error: RouterError, requestId: string) => void;
}

/** What a decision is made of. */
export type RoutedRequest = Pick<GatewayRequest, 'snapshot' | 'question' | 'planner'> & PlannedRequest;

const NOBODY_ELSE: RoutingDecision = { candidates: [], limited: [], resting: [] };

/** Runs model calls: decides, attempts, answers, records. Nothing it does waits for a database. */
export class Gateway {
  readonly #dependencies: GatewayDependencies & WalkDependencies;
  readonly #chat: CallPlanner;
  /** Who may answer where a model cannot. Nothing that the request asks for is forgotten over it. */
  readonly #fallbacksOf: FallbacksOf = ({ request, query }, model) =>
    query === undefined ? NOBODY_ELSE : decideFallbacks(request.snapshot, model, query, this.#context(request));
  #inFlight = 0;

  constructor(dependencies: GatewayDependencies) {
    const { health, limits, connections } = dependencies;
    this.#dependencies = { ...dependencies, state: liveState(health, limits, connections.keys) };
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
    invocation.heartbeat = startHeartbeat(this.#dependencies, invocation);
    this.#inFlight += 1;
    try {
      const decision = this.#decide(invocation);
      const answer = await attemptCandidates(this.#dependencies, invocation, decision, this.#fallbacksOf);
      if (answer.kind === 'whole') this.#send(invocation, answer);
      else await this.#stream(invocation, answer);
    } catch (thrown) {
      this.#refuse(invocation, RouterError.from(thrown));
    } finally {
      this.#inFlight -= 1;
      invocation.heartbeat?.stop();
      settleAttempt(this.#dependencies, invocation);
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
    const { candidates, limited, resting } = this.#select(request, buildQuery(request.snapshot, request.question));
    const best = candidates[0] ?? limited[0]?.model ?? resting[0]?.model;
    if (best === undefined) throw new RouterError('route.no_candidate');
    return best;
  }

  /** How long a prompt is for the model that a call would try first. Takes no token and leaves no record. */
  countTokens(request: GatewayRequest): Promise<TokenCount> {
    const { clock } = this.#dependencies;
    const model = this.choose(request);
    if (!isActive(model)) throw new RouterError('model.inactive');
    const planner = request.planner ?? this.#chat;
    const facts = { request, planner, sink: NOBODY, startedAt: clock.now(), startedAtWall: clock.wallTime() };
    const call = planner.plan(new Invocation(facts), model, { withoutSeals: false });
    return countTokens(this.#dependencies, request, model, call);
  }

  /** The models that may serve, best first. Throws where none can. */
  #select(request: RoutedRequest, query: RouteQuery): RoutingDecision {
    const context = this.#context(request);
    const decision = decide(request.snapshot, query, context);
    const { candidates, limited, resting } = decision;
    if (candidates.length > 0 || limited.length > 0 || resting.length > 0) return decision;
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
    const { clock, state } = this.#dependencies;
    const planner = request.planner ?? this.#chat;
    return {
      needs: request.head.needs,
      permits: request.caller.permits,
      state,
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
    const { sink, heartbeat } = invocation;
    if (!sink.hasBegun) sink.start(200, { ...STREAM_HEADERS, ...answerHeaders(invocation, relay.contentType) });
    heartbeat?.follow(reply.guard);
    invocation.error = await reply.pump(sink, heartbeat?.opening);
    invocation.usage = relay.usage ?? estimateUsage(invocation, relay);
    invocation.finishReason = relay.finishReason;
  }

  #refuse(invocation: Invocation, error: RouterError): void {
    const { request, sink, heartbeat } = invocation;
    invocation.error = error;
    if (error.code === 'internal.unexpected') this.#dependencies.onUnexpected(error, request.requestId);
    if (sink.isGone) return;
    if (heartbeat?.isAlone) {
      sink.write(encodeLateFailure(invocation, error).slice(heartbeat.opening.length));
      sink.end();
      return;
    }
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

function describe(decision: RoutingDecision): string {
  const best: ModelEntry | undefined =
    decision.candidates[0] ?? decision.limited[0]?.model ?? decision.resting[0]?.model;
  const limited = decision.limited.length === 0 ? '' : `, ${decision.limited.length} rate limited`;
  const resting = decision.resting.length === 0 ? '' : `, ${decision.resting.length} resting`;
  return `priority ${best?.priority ?? 0}, ${decision.candidates.length} candidates${limited}${resting}`;
}
