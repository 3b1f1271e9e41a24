import type { Loss } from '../canonical/loss.ts';
import type { ModelEntry } from '../config/snapshot.ts';
import { stringifyExact } from '../lib/exact-json.ts';
import { asArray, asObject, type JsonObject, type JsonValue } from '../lib/json.ts';
import { editMembers, editObject, type MemberEdits } from '../lib/json-members.ts';
import type { UpstreamProtocol } from '../protocols/protocol.ts';
import { ROUTER_MEMBERS } from '../protocols/router-members.ts';
import { ENCODED_SEAL_MARK, openSeal, SEAL_MARK } from '../protocols/seal.ts';
import type { BodyEdits } from '../providers/spec.ts';
import { exactBodyOf } from './exact-body.ts';
import type { PlannedRequest, PlanOptions } from './upstream-call.ts';

export interface UpstreamBody {
  readonly bytes: Buffer | string;
  /** We asked for a usage chunk that the client did not ask for. */
  readonly hidesUsage: boolean;
  /** What the provider's edits took out. */
  readonly losses: readonly Loss[];
}

/** Two names of one parameter: a default for one must not join what the client said with the other. */
const SYNONYMS: Readonly<Record<string, string>> = {
  max_tokens: 'max_completion_tokens',
  max_completion_tokens: 'max_tokens',
};

/** Other spellings that a format allows for a member. */
const SPELLINGS: Readonly<Record<string, string>> = { generationConfig: 'generation_config' };

/** Members that hold parameters: defaults join what the client says in them. */
const PARAMETER_MEMBERS: ReadonlySet<string> = new Set(['generationConfig', 'options', 'output_config']);

/** Members without which a request means something else. */
const MEANINGFUL: ReadonlySet<string> = new Set(['tools', 'tool_choice', 'response_format', 'messages']);

/** The client's own bytes, edited where the provider needs it, without parsing and printing them again. */
export function passthroughBody(
  request: PlannedRequest,
  model: ModelEntry,
  protocol: UpstreamProtocol,
  options: PlanOptions,
): UpstreamBody {
  const { body, bytes } = withoutForeignSeals(request, model, options);
  const { edits, hidesUsage, losses } = planEdits(body, request, model, protocol);
  const drop = [...(edits.drop ?? []), ...routerMembersOf(body)];
  return { bytes: editMembers(bytes, { ...edits, drop }), hidesUsage, losses };
}

/** Where the formats keep a conversation, and what marks the model's own turns and thoughts in it. */
const CONVERSATIONS = ['messages', 'contents', 'input'] as const;
const OWN_TURNS: ReadonlySet<unknown> = new Set(['assistant', 'model']);

/** Only a conversation that goes on can hold thoughts; most calls are the first of theirs. */
function hasEarlierAnswers(body: JsonObject): boolean {
  return CONVERSATIONS.some((name) => asArray(body[name]).some(isOwnTurn));
}

function isOwnTurn(turn: JsonValue): boolean {
  const { role, type } = asObject(turn);
  return OWN_TURNS.has(role) || type === 'reasoning';
}

/** What a body with thoughts holds: looking for them is cheaper than looking through the messages. */
const THOUGHT_MARKS = [SEAL_MARK, ENCODED_SEAL_MARK, '"thinking"', '"reasoning_'] as const;

/** Seals that the router gave out belong to other providers than one that speaks the client's own format. */
function withoutForeignSeals(
  request: PlannedRequest,
  { provider }: ModelEntry,
  { withoutSeals }: PlanOptions,
): { readonly body: JsonObject; readonly bytes: Buffer } {
  const { body, dialect } = request;
  const bytes = request.bytes ?? Buffer.from(JSON.stringify(body));
  if (dialect.withoutSeals === undefined) return { body, bytes };
  const mayHold = hasEarlierAnswers(body) && THOUGHT_MARKS.some((mark) => bytes.includes(mark));
  if (!withoutSeals && !mayHold) return { body, bytes };
  const isForeign = (seal: string): boolean => withoutSeals || openSeal(seal).origin !== undefined;
  const exact = exactBodyOf(request);
  const cleaned = dialect.withoutSeals(exact, isForeign, provider.spec.refusesThoughts !== true);
  return cleaned === exact ? { body, bytes } : { body: cleaned, bytes: Buffer.from(stringifyExact(cleaned)) };
}

/** Members that spoke to the router; the model's name among them is replaced, not dropped. */
function routerMembersOf(body: JsonObject): readonly string[] {
  return Object.keys(body).filter((name) => name !== 'model' && ROUTER_MEMBERS.has(name));
}

/** A translated request with what the configuration and the provider's type want changed. */
export function editedBody(
  encoded: JsonObject,
  request: PlannedRequest,
  model: ModelEntry,
  protocol: UpstreamProtocol,
): UpstreamBody {
  const { edits, hidesUsage, losses } = planEdits(encoded, request, model, protocol);
  return { bytes: stringifyExact(editObject(encoded, edits)), hidesUsage, losses };
}

interface EditPlan {
  readonly edits: MemberEdits;
  readonly hidesUsage: boolean;
  readonly losses: readonly Loss[];
}

/** Everything that has to change on the top level of `body` before it goes to the provider of `model`. */
function planEdits(body: JsonObject, request: PlannedRequest, model: ModelEntry, protocol: UpstreamProtocol): EditPlan {
  const { edits, streamUsage } = model.provider;
  const set: Record<string, JsonValue> = {};
  addDefaults(set, body, protocol.encodeDefaults(model.defaultParams, model.upstreamName), edits);
  addDefaults(set, body, edits.add ?? {}, edits);
  if (protocol.isModelInPath !== true) set['model'] = request.upstreamName ?? model.upstreamName;
  const asksForUsage = asObject(request.body['stream_options'])['include_usage'] === true;
  const isOnDemand = protocol.id === 'openai-chat' && streamUsage === 'stream_options';
  const isStream = request.head.stream;
  if (isStream && isOnDemand && !asksForUsage) {
    set['stream_options'] = { ...asObject(body['stream_options']), include_usage: true };
  }
  return {
    edits: { set, drop: edits.drop ?? [], rename: renamesOf(model) },
    hidesUsage: isStream && !asksForUsage,
    losses: lossesOf(body, edits.drop ?? []),
  };
}

/** Reasoning models may call the limit of an answer otherwise than the vendor's other models do. */
function renamesOf({ provider, isReasoningModel }: ModelEntry): Readonly<Record<string, string>> {
  const { rename = {} } = provider.edits;
  const limitMember = isReasoningModel ? provider.spec.reasoningModels?.limitMember : undefined;
  return limitMember === undefined ? rename : { ...rename, max_tokens: limitMember };
}

/** Defaults go through the provider's own edits like everything else: what it cannot take is left out or renamed. */
function addDefaults(set: Record<string, JsonValue>, body: JsonObject, defaults: JsonObject, edits: BodyEdits): void {
  for (const [name, value] of Object.entries(defaults)) {
    if (value === undefined || edits.drop?.includes(name) === true) continue;
    if (PARAMETER_MEMBERS.has(name)) joinDefaults(set, body, name, value);
    else if (!isSaid(name, body)) set[edits.rename?.[name] ?? name] = value;
  }
}

function joinDefaults(set: Record<string, JsonValue>, body: JsonObject, name: string, defaults: JsonValue): void {
  const other = SPELLINGS[name];
  const said = other !== undefined && body[other] !== undefined ? other : name;
  set[said] = { ...asObject(defaults), ...asObject(body[said]) };
}

function isSaid(name: string, body: JsonObject): boolean {
  const synonym = SYNONYMS[name];
  return body[name] !== undefined || (synonym !== undefined && body[synonym] !== undefined);
}

const NO_LOSSES: readonly Loss[] = [];

function lossesOf(body: JsonObject, dropped: readonly string[]): readonly Loss[] {
  const lost = dropped.filter((name) => (body[name] ?? null) !== null && name !== 'stream_options');
  if (lost.length === 0) return NO_LOSSES;
  return lost.map((field) => ({
    field,
    outcome: 'dropped',
    reason: 'refused by the provider',
    severity: MEANINGFUL.has(field) ? 'meaning' : 'minor',
  }));
}
