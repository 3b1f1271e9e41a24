import type { ErrorCode } from '../../errors/codes.ts';
import { asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { asList, asNumber, camelMembers } from './members.ts';

/** An error in the vendor's words: https://cloud.google.com/apis/design/errors */
export interface VendorError {
  /** HTTP status that the error itself names. */
  readonly status: number | undefined;
  /** google.rpc code: `INVALID_ARGUMENT`. */
  readonly name: string | undefined;
  readonly message: string | undefined;
  readonly details: readonly JsonObject[];
}

/** `body`: an error answer, or the list with one that streams without events give. */
export function readVendorError(body: JsonValue | undefined): VendorError {
  const [first] = asList(body);
  const { error, message } = camelMembers(first);
  if (typeof error === 'string') return { status: undefined, name: undefined, message: error, details: [] };
  const members = camelMembers(error);
  const code = asNumber(members['code']);
  return {
    status: code !== undefined && code >= 400 && code <= 599 ? code : undefined,
    name: asString(members['status']),
    message: asString(members['message']) ?? asString(message),
    details: asList(members['details']).map(camelMembers),
  };
}

interface Rule {
  readonly status: number;
  readonly code: ErrorCode;
  readonly isMeant: (error: VendorError) => boolean;
}

/** Errors that mean something else than their status says. */
const RULES: readonly Rule[] = [
  {
    status: 400,
    code: 'upstream.bad_signature',
    isMeant: ({ message }) => /thought[_ ]?signature/i.test(message ?? ''),
  },
  {
    status: 400,
    code: 'upstream.auth',
    isMeant: ({ details }) => details.some(({ reason }) => reason === 'API_KEY_INVALID'),
  },
  {
    status: 400,
    code: 'upstream.auth',
    isMeant: ({ message }) => /\bAPI key (?:not valid|expired)/i.test(message ?? ''),
  },
  // The account cannot be used from where the router is, or not without being billed.
  { status: 400, code: 'upstream.auth', isMeant: ({ name }) => name === 'FAILED_PRECONDITION' },
];

/** Undefined where the status says it all. */
export function codeOfVendorError(status: number, error: VendorError): ErrorCode | undefined {
  return RULES.find((rule) => rule.status === status && rule.isMeant(error))?.code;
}
