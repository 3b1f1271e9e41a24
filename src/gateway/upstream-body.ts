import type { ModelEntry } from '../config/snapshot.ts';
import { asObject, type JsonObject, type JsonValue } from '../lib/json.ts';
import { editMembers, editObject, type MemberEdits } from '../lib/json-members.ts';
import type { UpstreamProtocol } from '../protocols/protocol.ts';
import { ROUTER_MEMBERS } from '../protocols/router-members.ts';
import type { BodyEdits } from '../providers/spec.ts';
import type { GatewayRequest } from './invocation.ts';

export interface UpstreamBody {
  readonly bytes: Buffer | string;
  /** We asked for a usage chunk that the client did not ask for. */
  readonly hidesUsage: boolean;
}

/** Two names of one parameter: a default for one must not join what the client said with the other. */
const SYNONYMS: Readonly<Record<string, string>> = {
  max_tokens: 'max_completion_tokens',
  max_completion_tokens: 'max_tokens',
};

/** The client's own bytes, edited where the provider needs it, without parsing and printing them again. */
export function passthroughBody(request: GatewayRequest, model: ModelEntry): UpstreamBody {
  const { edits, hidesUsage } = planEdits(request.body, request, model);
  const bytes = request.bytes ?? Buffer.from(JSON.stringify(request.body));
  const drop = [...(edits.drop ?? []), ...routerMembersOf(request.body)];
  return { bytes: editMembers(bytes, { ...edits, drop }), hidesUsage };
}

/** Members that spoke to the router; the model's name among them is replaced, not dropped. */
function routerMembersOf(body: JsonObject): readonly string[] {
  return Object.keys(body).filter((name) => name !== 'model' && ROUTER_MEMBERS.has(name));
}

/** The request in the provider's words. */
export function translatedBody(request: GatewayRequest, model: ModelEntry, protocol: UpstreamProtocol): UpstreamBody {
  const upstreamName = request.upstreamName ?? model.upstreamName;
  const encoded = protocol.encodeRequest(request.dialect.decodeRequest(request.body), { model: upstreamName });
  const plan = planEdits(encoded, request, model);
  return { bytes: JSON.stringify(editObject(encoded, plan.edits)), hidesUsage: plan.hidesUsage };
}

interface EditPlan {
  readonly edits: MemberEdits;
  readonly hidesUsage: boolean;
}

/** Everything that has to change on the top level of `body` before it goes to the provider of `model`. */
function planEdits(body: JsonObject, request: GatewayRequest, model: ModelEntry): EditPlan {
  const { edits, streamUsage } = model.provider;
  const set: Record<string, JsonValue> = {};
  addDefaults(set, body, model.defaultParams, edits);
  addDefaults(set, body, edits.add ?? {}, edits);
  set['model'] = request.upstreamName ?? model.upstreamName;
  const asksForUsage = asObject(body['stream_options'])['include_usage'] === true;
  const injects = request.head.stream && streamUsage === 'stream_options' && !asksForUsage;
  if (injects) set['stream_options'] = { ...asObject(body['stream_options']), include_usage: true };
  return {
    edits: { set, drop: edits.drop ?? [], rename: edits.rename ?? {} },
    hidesUsage: request.head.stream && !asksForUsage,
  };
}

/** Defaults go through the provider's own edits like everything else: what it cannot take is left out or renamed. */
function addDefaults(set: Record<string, JsonValue>, body: JsonObject, defaults: JsonObject, edits: BodyEdits): void {
  for (const [name, value] of Object.entries(defaults)) {
    const synonym = SYNONYMS[name];
    const isSaid = body[name] !== undefined || (synonym !== undefined && body[synonym] !== undefined);
    const isDropped = edits.drop?.includes(name) ?? false;
    if (!isSaid && !isDropped && value !== undefined) set[edits.rename?.[name] ?? name] = value;
  }
}
