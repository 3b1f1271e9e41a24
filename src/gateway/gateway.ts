import type { Catalog } from '../config/catalog.ts';
import type { ModelEntry } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import type { InvocationSink } from '../monitor/invocation-record.ts';
import { costOf } from '../monitor/pricing.ts';
import { buildQuery } from '../routing/build-query.ts';
import type { Explanation, RouteQuery, RoutingDecision, SelectionContext } from '../routing/decision.ts';
import { noMatchError } from '../routing/no-match.ts';
import { decide, explain } from '../routing/router-engine.ts';
import { type AnswerHeaders, type AnswerSink, CollectingSink } from './answer-sink.ts';
import { type AttemptDependencies, attemptCandidates } from './attempt-candidates.ts';
import { type GatewayRequest, Invocation } from './invocation.ts';
import type { StreamAnswer, WholeAnswer } from './open-upstream.ts';
import { buildRecord } from './record.ts';

export interface GatewayDependencies extends AttemptDependencies {
  readonly records: InvocationSink;
  readonly catalog: Catalog;
  /** Told about errors that nobody foresaw; the client sees only the request's id. */
  readonly onUnexpected: (error: RouterError, requestId: string) => void;
}

/** What a decision is made of. */
export type RoutedRequest = Pick<GatewayRequest, 'snapshot' | 'question' | 'head' | 'caller'>;

/** Runs model calls: decides, attempts, answers, records. Nothing it does waits for a database. */
export class Gateway {
  readonly #dependencies: GatewayDependencies;
  #inFlight = 0;

  constructor(dependencies: GatewayDependencies) {
    this.#dependencies = dependencies;
  }

  /** Calls that have not ended yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Answers on `sink` whatever happens, leaves exactly one record, and never rejects. */
  async invoke(request: GatewayRequest, sink: AnswerSink): Promise<void> {
    const { clock } = this.#dependencies;
    const invocation = new Invocation(request, sink, clock.now(), clock.wallTime());
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

  #context(request: Pick<GatewayRequest, 'head' | 'caller'>): SelectionContext {
    const { limits, clock } = this.#dependencies;
    return { needs: request.head.needs, permits: request.caller.permits, state: limits, now: clock.now() };
  }

  #send(invocation: Invocation, answer: WholeAnswer): void {
    invocation.usage = answer.usage;
    invocation.finishReason = answer.finishReason;
    invocation.sink.send(200, answerHeaders(invocation, 'application/json'), answer.body);
  }

  async #stream(invocation: Invocation, { relay, reply }: StreamAnswer): Promise<void> {
    invocation.sink.start(200, { ...STREAM_HEADERS, ...answerHeaders(invocation, relay.contentType) });
    invocation.error = await reply.pump(invocation.sink);
    invocation.usage = relay.usage;
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
  if (model === undefined) return headers;
  headers['x-router-model'] = headerText(model.key);
  headers['x-router-attempts'] = String(attempts.length);
  headers['x-router-decision'] = reason;
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
