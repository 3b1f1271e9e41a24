import type { Caller } from '../access/caller.ts';
import { type Loss, LossLedger } from '../canonical/loss.ts';
import type { Usage } from '../canonical/usage.ts';
import type { ModelEntry, RouterSnapshot } from '../config/snapshot.ts';
import type { RouterError } from '../errors/router-error.ts';
import type { JsonObject } from '../lib/json.ts';
import type { AttemptRecord } from '../monitor/invocation-record.ts';
import type { ClientDialect, RequestHead } from '../protocols/protocol.ts';
import type { Question } from '../routing/build-query.ts';
import type { RouteQuery } from '../routing/decision.ts';
import type { AnswerSink } from './answer-sink.ts';
import type { Entry } from './attempt.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { CallPlanner } from './upstream-call.ts';

/** One call as the edge understood it. */
export interface GatewayRequest {
  readonly requestId: string;
  /** Read once; whatever is edited meanwhile, this call ends on it. */
  readonly snapshot: RouterSnapshot;
  readonly caller: Caller;
  readonly dialect: ClientDialect;
  /** Path pattern of the endpoint, for the record. */
  readonly endpoint: string;
  /** Which model, in the caller's own words. */
  readonly question: Question;
  readonly head: RequestHead;
  readonly body: JsonObject;
  /** The bytes `body` was parsed from; undefined where the edge took it apart (items of a batch, nested requests). */
  readonly bytes: Buffer | undefined;
  /** Sent to the provider instead of the model's own remote name; only unrestricted callers may ask for it. */
  readonly upstreamName: string | undefined;
  /** The client accepts `text/event-stream`. */
  readonly preferEventStream: boolean;
  /** Headers of the client that a provider of the same format gets. */
  readonly forwardedHeaders: Readonly<Record<string, string>>;
  /** Makes the calls, where the request is for something else than chat. */
  readonly planner?: CallPlanner;
  readonly batchIndex: number | undefined;
}

export interface InvocationFacts {
  readonly request: GatewayRequest;
  readonly planner: CallPlanner;
  readonly sink: AnswerSink;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Wall time, milliseconds. */
  readonly startedAtWall: number;
}

/** What the run of one call learns on its way; read once more for the record. */
export class Invocation {
  readonly request: GatewayRequest;
  readonly planner: CallPlanner;
  readonly sink: AnswerSink;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Wall time, milliseconds. */
  readonly startedAtWall: number;
  readonly totalDeadline: number;
  readonly attempts: AttemptRecord[] = [];
  /** The question resolved against the snapshot. */
  query: RouteQuery | undefined;
  /** Served, or was tried last. */
  model: ModelEntry | undefined;
  reason = '';
  isPassthrough = false;
  /** What of the request the model that was tried last did not get. */
  losses: readonly Loss[] = [];
  #answerLosses: LossLedger | undefined;
  /** Keeps the client of a stream company. */
  heartbeat: Heartbeat | undefined;
  /** Something of the attempt under way, or of the last one, has gone to a provider. */
  wasSent = false;
  /** What the model that has answered was let in with. */
  entry: Entry | undefined;
  firstTokenAt: number | undefined;
  usage: Usage | undefined;
  /** The provider did not say: `usage` is our own estimate. */
  isUsageEstimated = false;
  finishReason: string | undefined;
  error: RouterError | undefined;
  /** Why the call is not to go on. */
  #ending: RouterError | undefined;
  #cancel: ((error: RouterError) => void) | undefined;

  constructor({ request, planner, sink, startedAt, startedAtWall }: InvocationFacts) {
    this.request = request;
    this.planner = planner;
    this.sink = sink;
    this.startedAt = startedAt;
    this.startedAtWall = startedAtWall;
    this.totalDeadline = startedAt + request.snapshot.timeouts.totalMs;
    sink.onGone((reason) => this.#onGone(reason));
  }

  /** What of the answer the client's format had no place for. Made when it is first asked for: by translated answers. */
  get answerLosses(): LossLedger {
    this.#answerLosses ??= new LossLedger();
    return this.#answerLosses;
  }

  /** Everything that was lost on either way, for the header and the record. */
  get allLosses(): readonly Loss[] {
    const ofAnswer = this.#answerLosses?.entries ?? [];
    return ofAnswer.length === 0 ? this.losses : [...this.losses, ...ofAnswer];
  }

  get isCancelled(): boolean {
    return this.#ending !== undefined;
  }

  /** What to end when the client leaves or the router shuts down; ended at once when that has happened already. */
  onCancel(cancel: (error: RouterError) => void): void {
    this.#cancel = cancel;
    if (this.#ending !== undefined) cancel(this.#ending);
  }

  throwIfCancelled(): void {
    if (this.#ending !== undefined) throw this.#ending;
  }

  #onGone(reason: RouterError): void {
    this.#ending ??= reason;
    this.#cancel?.(this.#ending);
  }
}
