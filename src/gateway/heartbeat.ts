import type { Clock } from '../lib/clock.ts';
import type { Deadline, Deadlines } from '../lib/deadlines.ts';
import type { StreamHeartbeat } from '../protocols/protocol.ts';
import { headOf, STREAM_HEADERS } from './answer-headers.ts';
import type { AnswerSink, HalfCloseListener } from './answer-sink.ts';
import type { ExchangeGuard } from './exchange.ts';
import type { GatewayRequest, Invocation } from './invocation.ts';

interface HeartbeatDependencies {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

/**
 * Sends the client of a stream something it passes over whenever nothing else has gone out for a while, before the
 * answer's first content as well as after it: clients and proxies on the way give up on silence. The first beat sends
 * the head of the answer; which model will answer is not known then, and the search for one goes on behind it.
 */
export class Heartbeat implements Deadline, HalfCloseListener {
  expiresAt: number;
  slot = -1;
  readonly #dependencies: HeartbeatDependencies;
  readonly #request: GatewayRequest;
  readonly #sink: AnswerSink;
  readonly #bytes: StreamHeartbeat;
  readonly #intervalMs: number;
  /** Of the exchange whose answer the client gets. */
  #guard: ExchangeGuard | undefined;
  #opening = '';

  constructor(dependencies: HeartbeatDependencies, { request, sink, startedAt }: Invocation, bytes: StreamHeartbeat) {
    this.#dependencies = dependencies;
    this.#request = request;
    this.#sink = sink;
    this.#bytes = bytes;
    this.#intervalMs = request.snapshot.server.streamHeartbeatMs;
    this.expiresAt = startedAt + this.#intervalMs;
    sink.onHalfClosed(this);
    dependencies.deadlines.watch(this);
  }

  /** What of the beginning of the stream the client has already. */
  get opening(): string {
    return this.#opening;
  }

  /** The client has got the head of its answer, and nothing since but heartbeats. */
  get isAlone(): boolean {
    return this.#guard === undefined && this.#sink.hasBegun;
  }

  /** The answer has begun to flow: from now on its silence counts. */
  follow(guard: ExchangeGuard): void {
    this.#guard = guard;
  }

  stop(): void {
    this.#dependencies.deadlines.forget(this);
  }

  onExpire(): void {
    const { clock, deadlines } = this.#dependencies;
    if (this.#sink.isGone) return;
    const now = clock.now();
    const quietSince = this.#guard?.progressedAt ?? Number.NEGATIVE_INFINITY;
    const isQuiet = now - quietSince >= this.#intervalMs;
    if (isQuiet) this.#beat();
    this.expiresAt = (isQuiet ? now : quietSince) + this.#intervalMs;
    deadlines.watch(this);
  }

  /** A client that has left refuses what is written to it. */
  onHalfClosed(): void {
    this.#beat();
  }

  /** One that is behind has enough to read. */
  #beat(): void {
    const { opening, waiting, between } = this.#bytes;
    if (this.#guard !== undefined) {
      if (!this.#sink.isBehind) this.#sink.write(between);
      return;
    }
    if (!this.#sink.hasBegun) {
      this.#sink.start(200, { ...STREAM_HEADERS, ...headOf(this.#request, this.#bytes.contentType) });
      this.#opening = opening;
      this.#sink.write(opening);
    }
    this.#sink.write(waiting);
  }
}

/** Undefined where nobody waits for a stream, nothing may stand in it, or the configuration wants no heartbeats. */
export function startHeartbeat(dependencies: HeartbeatDependencies, invocation: Invocation): Heartbeat | undefined {
  const { request, planner } = invocation;
  if (!request.head.stream || request.snapshot.server.streamHeartbeatMs === 0) return undefined;
  const bytes = planner.heartbeatFor?.(request);
  return bytes && new Heartbeat(dependencies, invocation, bytes);
}
