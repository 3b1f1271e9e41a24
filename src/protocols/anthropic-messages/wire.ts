import type { FormatId } from '../../canonical/protocol-id.ts';
import { parseExact } from '../../lib/exact-json.ts';
import { asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

/*
 * Shapes of the Messages format that both halves read: https://platform.claude.com/docs/en/api/messages
 */

export const OWN_FORMAT = 'anthropic-messages' satisfies FormatId;

/** Members of `value` that say something: null means the same as left out in this format. */
export function saidMembers(value: JsonObject): Record<string, JsonValue> {
  const said: Record<string, JsonValue> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined && member !== null) said[name] = member;
  }
  return said;
}

export interface WireError {
  readonly type: string | undefined;
  readonly message: string | undefined;
}

/**
 * The error in `{type: 'error', error: {type, message}}`; services that only follow the format write their error as a
 * text or leave the wrapping away. Undefined where the body is no error.
 */
export function readWireError(value: JsonValue | undefined): WireError | undefined {
  const body = asObject(value);
  const { error } = body;
  if (isJsonObject(error)) return { type: asString(error['type']), message: asString(error['message']) };
  if (typeof error === 'string' && error !== '') return { type: undefined, message: error };
  if (body['type'] !== 'error') return undefined;
  return { type: undefined, message: asString(body['message']) };
}

export interface ToolInput {
  readonly input: JsonObject;
  /** False where the arguments are no JSON object, so that they had to be put into one. */
  readonly isExact: boolean;
}

/** The arguments of a call as the object that this format wants; no arguments at all are an empty one. */
export function toolInputOf(callArguments: string): ToolInput {
  if (callArguments.trim() === '') return { input: {}, isExact: true };
  const parsed = parseExact(callArguments);
  if (parsed.ok && isJsonObject(parsed.value)) return { input: parsed.value, isExact: true };
  return { input: { arguments: callArguments }, isExact: false };
}
