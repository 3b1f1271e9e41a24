import type { ChatRequest } from '../canonical/chat.ts';
import { LossLedger, type LossSeverity } from '../canonical/loss.ts';
import type { JsonValue } from '../lib/json.ts';
import { FIELD_NAMES } from './field-names.ts';
import type { EncodedRequest, EncodeOptions } from './protocol.ts';

/** A provider's request while it is put together. */
export interface RequestDraft {
  readonly request: ChatRequest;
  readonly options: EncodeOptions;
  readonly ledger: LossLedger;
  /** Encoders add to it. */
  readonly body: Record<string, JsonValue>;
}

/** Says one field of a request in the provider's words, or notes in the ledger what of it cannot be said. */
export type FieldEncoder<Value> = (value: Value, draft: RequestDraft) => void;

/** One encoder for every field there is: the compiler refuses a format that forgets one. */
export type FieldEncoders = {
  readonly [Field in keyof ChatRequest]-?: FieldEncoder<NonNullable<ChatRequest[Field]>>;
};

/** Runs the encoders of the fields that the request has, in the order in which they stand in `encoders`. */
export function encodeFields(request: ChatRequest, encoders: FieldEncoders, options: EncodeOptions): EncodedRequest {
  const draft: RequestDraft = { request, options, ledger: new LossLedger(), body: {} };
  for (const field of Object.keys(encoders) as (keyof ChatRequest)[]) {
    const value = request[field];
    // One field's encoder fits its value; the compiler cannot follow that through a loop.
    if (value !== undefined) (encoders[field] as FieldEncoder<unknown>)(value, draft);
  }
  return { body: draft.body, losses: draft.ledger.entries };
}

/** The field goes out as it is, as the member `name`. */
export function carriedAs(name: string): FieldEncoder<JsonValue> {
  return (value, { body }) => {
    body[name] = value;
  };
}

/** The same for a parameter that reasoning models of some providers refuse; `harmless` is the value they take. */
export function carriedUnlessRefused(
  name: string,
  severity: LossSeverity,
  harmless?: JsonValue,
): FieldEncoder<JsonValue> {
  return (value, { body, options, ledger }) => {
    if (!options.refusedParameters.has(name) || value === harmless) body[name] = value;
    else ledger.dropped(name, severity, 'refused by reasoning models');
  };
}

/** The format has no place for the field. */
export function unsupported(field: keyof ChatRequest, severity: LossSeverity, reason?: string): FieldEncoder<unknown> {
  return (_value, { ledger }) => ledger.dropped(FIELD_NAMES[field], severity, reason);
}
