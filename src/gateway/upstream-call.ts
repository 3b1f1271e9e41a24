import type { FinishReason } from '../canonical/chat.ts';
import type { Loss } from '../canonical/loss.ts';
import type { Usage } from '../canonical/usage.ts';
import type { ModelEntry } from '../config/snapshot.ts';
import type { RouterError } from '../errors/router-error.ts';
import type { Framing } from '../lib/framing.ts';
import type { StreamHeartbeat } from '../protocols/protocol.ts';
import type { Endpoint, ReplyHeaders } from '../providers/transport.ts';
import type { GatewayRequest, Invocation } from './invocation.ts';
import type { StreamRelay } from './stream-relay.ts';
import type { WholeReply } from './whole-reply.ts';

/** An answer that is there as a whole. */
export interface WholeAnswer {
  readonly kind: 'whole';
  readonly contentType: string;
  readonly body: Buffer | string;
  readonly usage: Usage | undefined;
  /** The provider did not say what it used: `usage` is our own estimate. */
  readonly isUsageEstimated?: boolean;
  readonly finishReason: FinishReason | undefined;
}

/** One call to one model, ready to be sent: what stays the same while the provider's keys are tried one by one. */
export interface UpstreamCall {
  readonly model: ModelEntry;
  readonly endpoint: Endpoint;
  readonly body: Uint8Array | string;
  /** Beside those of the provider, which they replace where the names are the same. Lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The client gets a stream. */
  readonly isStream: boolean;
  /** How the provider's stream is cut. */
  readonly framing: Framing;
  /** The answer goes through untranslated. */
  readonly isPassthrough: boolean;
  /** What of the request the provider does not get. */
  readonly losses: readonly Loss[];
  /** An answer with an error status as an error. */
  decodeError(status: number, body: string, headers: ReplyHeaders): RouterError;
  /** An answer with status 200. Throws `upstream.bad_response` for one that makes no sense. */
  readWhole(reply: WholeReply): WholeAnswer;
  createRelay(): StreamRelay;
}

/** How much the thoughts in a conversation may still be trusted. */
export interface PlanOptions {
  /** The provider has refused the seal of a thought: none is sent. */
  readonly withoutSeals: boolean;
}

export interface ModelLoss {
  /** As a predicate: `would lose the fields tool_choice and seed`. */
  readonly detail: string;
  /** The configuration allows it, where no other model can do better. */
  readonly isTolerated: boolean;
}

/** Turns a request into calls: one planner for each kind of work. */
export interface CallPlanner {
  /** Throws `model.unavailable` where the model's provider does no such work. */
  plan(invocation: Invocation, model: ModelEntry, options: PlanOptions): UpstreamCall;
  /** Undefined: nothing of the request is lost on this model that would matter. Calls nobody. */
  lossOf(request: PlannedRequest, model: ModelEntry): ModelLoss | undefined;
  /** What keeps the request's stream alive; undefined where nothing may stand between its parts. */
  heartbeatFor?(request: GatewayRequest): StreamHeartbeat | undefined;
}

/** What of a request a plan needs before there is an invocation. */
export type PlannedRequest = Pick<
  GatewayRequest,
  'dialect' | 'body' | 'bytes' | 'head' | 'caller' | 'upstreamName' | 'forwardedHeaders'
>;

/** The one empty set of headers: where it stands, nothing has to be joined. */
export const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});
