import type { WorkAbility } from '../../canonical/needs.ts';
import type { ServiceId } from '../../canonical/service-id.ts';
import type { JsonObject } from '../../lib/json.ts';

/** How an answer arrives: as a whole, as bytes that go through as they come, or as server-sent events. */
export type Delivery = 'whole' | 'bytes' | 'events';

/**
 * An endpoint whose requests and answers go through: services that have it agree about its words. Only the model's name
 * is replaced.
 */
export interface Service {
  readonly id: ServiceId;
  readonly ability: WorkAbility;
  /** Path of the endpoint, for the record. */
  readonly endpoint: string;
  /** A form with a file, or JSON. */
  readonly takesForm: boolean;
  /** Members with names of the router's own that mean something else here. */
  readonly ownMembers: readonly string[];
  /** An answer need not be JSON. */
  readonly answersText: boolean;
  /** Tokens are estimated from the texts where the answer does not tell any. */
  readonly isTextPriced: boolean;
  /**
   * Length of the texts in UTF-16 code units. Throws `request.invalid`, naming the field, where the body is certainly
   * wrong.
   */
  textLengthOf(body: JsonObject): number;
  deliveryOf(body: JsonObject): Delivery;
  /** Content type where the provider says none. */
  contentTypeOf(body: JsonObject): string;
}
