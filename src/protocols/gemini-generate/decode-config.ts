import type { ChatRequest, ReasoningRequest, ResponseFormat } from '../../canonical/chat.ts';
import { asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { asNumber, camelMembers } from './members.ts';
import { decodeSchemaForm } from './schema-form.ts';

export type ConfigFields = Partial<Omit<ChatRequest, 'messages' | 'stream' | 'extras'>>;

export interface DecodedConfig {
  readonly fields: ConfigFields;
  /** Under dotted names (`generationConfig.speechConfig`): whatever has no canonical word. */
  readonly extras: JsonObject;
}

const NUMBERS = {
  temperature: 'temperature',
  topP: 'topP',
  topK: 'topK',
  candidateCount: 'count',
  maxOutputTokens: 'maxOutputTokens',
  presencePenalty: 'presencePenalty',
  frequencyPenalty: 'frequencyPenalty',
  seed: 'seed',
} as const;

/** Fields whose value is the same number in both forms, by the name in `generationConfig`. */
export const PLAIN_NUMBERS = Object.entries(NUMBERS);

/** https://ai.google.dev/api/generate-content#v1beta.GenerationConfig */
export function decodeGenerationConfig(value: JsonValue | undefined): DecodedConfig {
  const rest = new Map(Object.entries(camelMembers(value)));
  const fields: ConfigFields = {
    ...takeNumbers(rest),
    ...takeStop(rest),
    ...takeLogprobs(rest),
    ...takeResponseFormat(rest),
    ...takeThinking(rest),
  };
  const extras = [...rest].map(([name, member]) => [`generationConfig.${name}`, member] as const);
  return { fields, extras: Object.fromEntries(extras) };
}

type Members = Map<string, JsonValue | undefined>;

function takeNumbers(members: Members): ConfigFields {
  const taken: [string, number][] = [];
  for (const [name, field] of PLAIN_NUMBERS) {
    const number = asNumber(members.get(name));
    if (number === undefined) continue;
    members.delete(name);
    taken.push([field, number]);
  }
  return Object.fromEntries(taken);
}

function takeStop(members: Members): ConfigFields {
  const stop = members.get('stopSequences');
  if (!Array.isArray(stop) || !stop.every((item) => typeof item === 'string')) return {};
  members.delete('stopSequences');
  return { stop };
}

function takeLogprobs(members: Members): ConfigFields {
  if (members.get('responseLogprobs') !== true) return {};
  const top = asNumber(members.get('logprobs')) ?? 0;
  members.delete('responseLogprobs');
  members.delete('logprobs');
  return { logprobs: { top } };
}

const JSON_TYPE = 'application/json';

function takeResponseFormat(members: Members): ConfigFields {
  const type = members.get('responseMimeType');
  if (type === 'text/plain') members.delete('responseMimeType');
  if (type !== JSON_TYPE) return {};
  const responseFormat = readFormat(members);
  for (const name of ['responseMimeType', 'responseSchema', 'responseJsonSchema']) members.delete(name);
  return { responseFormat };
}

function readFormat(members: Members): ResponseFormat {
  const jsonSchema = members.get('responseJsonSchema');
  const schema = members.get('responseSchema');
  if (isJsonObject(jsonSchema)) return { type: 'json-schema', name: 'response', schema: withLowerTypes(jsonSchema) };
  if (isJsonObject(schema)) return { type: 'json-schema', name: 'response', schema: decodeSchemaForm(schema) };
  return { type: 'json' };
}

/** Google's own agent writes the types of plain JSON schemas as the vendor's older form has them. */
function withLowerTypes(schema: JsonObject): JsonObject {
  const { type } = schema;
  return typeof type === 'string' && type !== type.toLowerCase() ? decodeSchemaForm(schema) : schema;
}

function takeThinking(members: Members): ConfigFields {
  const config = members.get('thinkingConfig');
  if (!isJsonObject(config)) return {};
  const { thinkingBudget, thinkingLevel, includeThoughts, ...rest } = camelMembers(config);
  if (Object.keys(rest).length === 0) members.delete('thinkingConfig');
  else members.set('thinkingConfig', rest);
  const level = asString(thinkingLevel)?.toLowerCase();
  const reasoning: ReasoningRequest = {
    ...decodeBudget(asNumber(thinkingBudget)),
    ...(level === undefined || level === 'thinking_level_unspecified' ? {} : { effort: level }),
    ...(typeof includeThoughts === 'boolean' ? { isVisible: includeThoughts } : {}),
  };
  return Object.keys(reasoning).length === 0 ? {} : { reasoning };
}

/** 0 is off, -1 is as the model likes. */
function decodeBudget(budget: number | undefined): ReasoningRequest {
  if (budget === undefined) return {};
  if (budget === 0) return { mode: 'off' };
  return budget < 0 ? { mode: 'adaptive' } : { budgetTokens: budget };
}
