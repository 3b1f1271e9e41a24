import { estimatePrompt } from '../canonical/estimate-prompt.ts';
import type { ModelEntry } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Deadlines } from '../lib/deadlines.ts';
import { asObject, parseJson } from '../lib/json.ts';
import { readJsonAnswer } from '../protocols/read-answer.ts';
import { upstreamProtocols } from '../protocols/registry.ts';
import type { ProviderConnections } from '../providers/connections.ts';
import { endpointAt } from '../providers/endpoint-of.ts';
import { requestHeaders } from '../providers/request-headers.ts';
import { planCall } from './call-plan.ts';
import type { PlannedRequest, UpstreamCall } from './upstream-call.ts';
import { ReplyCollector } from './whole-reply.ts';

/** Tokens of a prompt, and who says so. */
export interface TokenCount {
  readonly tokens: number;
  readonly source: 'provider' | 'estimated';
}

export interface CountDependencies {
  readonly connections: ProviderConnections;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
}

/** Who asks how long a prompt is does not want to wait for it. */
const COUNT_MS = 5000;

/**
 * The provider's own count where it has a counter for the format it is called in, else an estimate: also where the
 * counter fails, because the question is only the first step of a call that may well succeed.
 */
export async function countTokens(
  dependencies: CountDependencies,
  request: PlannedRequest,
  model: ModelEntry,
  call: UpstreamCall,
): Promise<TokenCount> {
  const counted = await askProvider(dependencies, request, model, call).catch(() => undefined);
  if (counted !== undefined) return { tokens: counted, source: 'provider' };
  return { tokens: estimatePrompt(request.dialect.decodeRequest(request.body)), source: 'estimated' };
}

async function askProvider(
  { connections, deadlines, clock }: CountDependencies,
  request: PlannedRequest,
  model: ModelEntry,
  call: UpstreamCall,
): Promise<number | undefined> {
  const { provider } = model;
  const plan = planCall(request.dialect.id, model);
  const counter = plan === undefined ? undefined : upstreamProtocols[plan.protocol].tokenCounter;
  const path = provider.spec.tokenCountPath;
  if (counter === undefined || path === undefined) return undefined;
  const ring = connections.keysOf(provider);
  const key = ring.pick(clock.now(), model.key);
  if (key === undefined) return undefined;
  const name = request.upstreamName ?? model.upstreamName;
  const parsed = parseJson(Buffer.from(call.body).toString('utf8'));
  const body = JSON.stringify(counter.encodeRequest(asObject(parsed.ok ? parsed.value : undefined), name));
  const totalDeadline = clock.now() + COUNT_MS;
  const collector = new ReplyCollector({ clock, deadlines, firstTokenMs: COUNT_MS, idleMs: COUNT_MS, totalDeadline });
  const headers = { ...requestHeaders(provider, key, false), ...call.headers };
  const endpoint = endpointAt(provider, path, name);
  connections.transportOf(provider).send({ endpoint, method: 'POST', headers, body }, collector);
  // Whoever takes a key says how it went: it may have been taken to find out whether it is good again.
  try {
    const reply = await collector.done;
    if (reply.status !== 200) throw call.decodeError(reply.status, reply.body.toString('utf8'), reply.headers);
    ring.report(key, model.key, undefined, clock.now());
    return counter.decodeResponse(readJsonAnswer(reply.body));
  } catch (thrown) {
    ring.report(key, model.key, RouterError.from(thrown), clock.now());
    throw thrown;
  }
}
