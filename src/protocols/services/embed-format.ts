import type { EmbedPurpose, EmbedRequest, EmbedResponse } from '../../canonical/embed.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import type { ServiceId } from '../../canonical/service-id.ts';
import type { Usage } from '../../canonical/usage.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { MemberEdits } from '../../lib/json-members.ts';
import type { RequestHead } from '../protocol.ts';

/** What an answer tells beside the vectors. */
export interface EmbedFacts {
  readonly requestId: string;
  /** The model's name as registered, without its provider. */
  readonly model: string;
  /** The client's own request. */
  readonly body: JsonObject;
  /** Our own estimate where the provider does not say. */
  readonly usage: Usage;
}

/** What the configuration sets where the client says nothing. */
export interface EmbedDefaults {
  readonly dimensions?: number;
  readonly purpose?: EmbedPurpose;
}

/** The half of an embeddings format that faces our clients. */
export interface EmbedDialect {
  /** Providers with this service speak the same format: the request goes through. */
  readonly service: ServiceId;
  /** Throws `request.invalid`, naming the field. */
  readHead(body: JsonObject): RequestHead;
  /** `body` has passed `readHead`. */
  decodeRequest(body: JsonObject): EmbedRequest;
  encodeResponse(response: EmbedResponse, facts: EmbedFacts): JsonObject;
  /** What has to change in the body for a provider of the same format. `model` is the provider's name for it. */
  forwardEdits(body: JsonObject, model: string, defaults: EmbedDefaults): MemberEdits;
  /** The answer of such a provider, where it cannot go through as it is. */
  forwardAnswer?(answer: JsonObject, body: JsonObject): JsonObject | undefined;
}

/** The half that faces a provider. */
export interface EmbedUpstream {
  readonly service: ServiceId;
  /** Inputs in one call; undefined: no limit that is known. */
  readonly maxInputs: number | undefined;
  /** `request.inputs` are texts only. */
  encodeRequest(request: EmbedRequest, model: string, ledger: LossLedger): JsonObject;
  /** Throws `upstream.bad_response`. */
  decodeResponse(body: JsonObject): EmbedResponse;
}
