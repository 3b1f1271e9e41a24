import { LOCAL_CALLER } from '../access/caller.ts';
import type { Catalog } from '../config/catalog.ts';
import { type ModelEntry, modelKey, type RouterSnapshot } from '../config/snapshot.ts';
import { CollectingSink, NOBODY } from '../gateway/answer-sink.ts';
import { Gateway } from '../gateway/gateway.ts';
import { RetryBudget } from '../gateway/retry-budget.ts';
import { NO_HEADERS } from '../gateway/upstream-call.ts';
import { systemClock } from '../lib/clock.ts';
import { Deadlines } from '../lib/deadlines.ts';
import { createId } from '../lib/ids.ts';
import { asObject, type JsonObject, parseJson } from '../lib/json.ts';
import type { Secret } from '../lib/secret.ts';
import type { InvocationRecord } from '../monitor/invocation-record.ts';
import { openAiChatDialect } from '../protocols/openai-chat/openai-chat.ts';
import { ProviderConnections } from '../providers/connections.ts';
import type { ProviderInstance } from '../providers/spec.ts';
import { ModelLimits } from '../routing/model-limits.ts';
import { TargetHealth } from '../routing/target-health.ts';
import { WaitingLine } from '../routing/waiting-line.ts';
import { type SeenHead, watchedTransport } from './doctor-watch.ts';

/** Nobody waits longer for a tiny answer; slower ones are a finding. */
export const FIRST_TOKEN_MS = 20_000;
const IDLE_MS = 10_000;
const TOTAL_MS = 30_000;

/** How one question was answered. */
export interface TrialAnswer {
  /** What a monitor would have recorded. */
  readonly record: InvocationRecord;
  /** Of an answer that was not streamed, or of an error. */
  readonly body: JsonObject;
}

/** One provider with one of its keys, called as in serving: the same gateway, but nothing is recorded or retried. */
export interface TrialGateway {
  ask(model: ModelEntry, body: JsonObject): Promise<TrialAnswer>;
  close(): Promise<void>;
}

/** `onHead` sees the head of every answer of the provider. */
export function openTrialGateway(
  snapshot: RouterSnapshot,
  original: ProviderInstance,
  key: Secret | undefined,
  onHead: (head: SeenHead) => void,
): TrialGateway {
  const { dataDir } = snapshot.server;
  const provider = watchedProvider(original, key, onHead);
  const connections = new ProviderConnections({ dataDir, onNotice: () => undefined });
  const waitingLine = new WaitingLine({ clock: systemClock });
  let record: InvocationRecord | undefined;
  const gateway = new Gateway({
    connections,
    deadlines: new Deadlines(systemClock),
    clock: systemClock,
    limits: new ModelLimits({ clock: systemClock, waitingLine }),
    health: new TargetHealth(),
    waitingLine,
    retryBudget: new RetryBudget(),
    random: Math.random,
    records: { offer: (offered) => (record = offered) },
    catalog: NO_CATALOG,
    onUnexpected: () => undefined,
  });
  return {
    ask: async (model, body) => {
      const sink = new CollectingSink(NOBODY);
      await gateway.invoke(requestOf(trialSnapshot(snapshot, provider, model), model, body), sink);
      if (record === undefined) throw new Error(`the question to ${model.key} was not understood: ${sink.body}`);
      const parsed = parseJson(sink.body);
      return { record, body: asObject(parsed.ok ? parsed.value : undefined) };
    },
    close: () => connections.close(),
  };
}

const NO_CATALOG: Catalog = {
  register: () => undefined,
  providerId: () => undefined,
  modelId: () => undefined,
};

function watchedProvider(
  original: ProviderInstance,
  key: Secret | undefined,
  onHead: (head: SeenHead) => void,
): ProviderInstance {
  const openTransport: ProviderInstance['spec']['openTransport'] = ({ dataDir }) =>
    watchedTransport(original, dataDir, onHead);
  return {
    ...original,
    isActive: true,
    apiKeys: key === undefined ? [] : [key],
    spec: { ...original.spec, openTransport },
  };
}

/** A configuration of this one model, asked once and with short clocks. */
function trialSnapshot(snapshot: RouterSnapshot, provider: ProviderInstance, original: ModelEntry): RouterSnapshot {
  const timeouts = {
    firstTokenMs: Math.min(original.timeouts.firstTokenMs, FIRST_TOKEN_MS),
    idleMs: Math.min(original.timeouts.idleMs, IDLE_MS),
    totalMs: Math.min(original.timeouts.totalMs, TOTAL_MS),
  };
  const retry = { ...original.retry, maxAttempts: 1, maxTargets: 1 };
  const own = { provider, timeouts, retry, rateLimit: undefined, breaker: undefined, fallbacks: [] };
  const model: ModelEntry = { ...original, ...own };
  return {
    ...snapshot,
    providers: new Map([[provider.name, provider]]),
    models: new Map([[modelKey(provider.name, model.name), model]]),
    ranked: [model],
    modelsByName: new Map(),
    modelsByRemoteIdentifier: new Map(),
    routes: new Map(),
    routing: { ...snapshot.routing, fallback: false },
    timeouts,
    retry,
  };
}

function requestOf(snapshot: RouterSnapshot, model: ModelEntry, asked: JsonObject): Parameters<Gateway['invoke']>[0] {
  const body = { model: model.key, ...asked };
  return {
    requestId: createId(),
    snapshot,
    caller: LOCAL_CALLER,
    dialect: openAiChatDialect,
    endpoint: 'doctor',
    question: { modelName: model.key, selections: [] },
    head: openAiChatDialect.readHead(body),
    body,
    bytes: undefined,
    upstreamName: undefined,
    preferEventStream: false,
    forwardedHeaders: NO_HEADERS,
    batchIndex: undefined,
  };
}
