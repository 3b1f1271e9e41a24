import { type Environment, splitKeys } from '../config/environment.ts';
import type { ModelEntry, RouterSnapshot } from '../config/snapshot.ts';
import { asObject, asString } from '../lib/json.ts';
import { nearestNames } from '../lib/nearest.ts';
import type { Secret } from '../lib/secret.ts';
import type { ProviderInstance } from '../providers/spec.ts';
import { diagnose } from './doctor-advice.ts';
import type { Finding, ProviderReport } from './doctor-finding.ts';
import { openTrialGateway, type TrialAnswer, type TrialGateway } from './doctor-gateway.ts';
import { headerFindings } from './doctor-headers.ts';
import { canCallTools, chatModels, listModels } from './doctor-models.ts';
import { probeHost } from './doctor-probe.ts';
import { ANSWER_QUESTION, ask, type DoctorQuestion, STREAM_QUESTION, TOOL_QUESTION } from './doctor-questions.ts';
import type { SeenHead } from './doctor-watch.ts';

/** What an examination takes place in. */
export interface DoctorContext {
  readonly snapshot: RouterSnapshot;
  readonly env: Environment;
}

/** A provider with one of its keys. */
interface KeyedProvider extends DoctorContext {
  readonly provider: ProviderInstance;
  readonly key: Secret | undefined;
  /** `key 2 of 3`; undefined where there is only one, or none. */
  readonly keyLabel: string | undefined;
  /** Heads of all answers so far. */
  readonly heads: SeenHead[];
}

/** Looks at one provider: what is missing, the way to it, each of its keys, a stream, a tool call, its headers. */
export async function examine(context: DoctorContext, provider: ProviderInstance): Promise<ProviderReport> {
  const findings: Finding[] = [];
  const report = { provider: provider.name, type: provider.spec.type, findings };
  if (provider.unavailable !== undefined) {
    findings.push({ check: 'setup', verdict: 'problem', detail: provider.unavailable, advice: setupAdvice(provider) });
    return report;
  }
  if (provider.spec.openTransport === undefined) {
    const finding = await probeHost(provider, context.env);
    findings.push(finding);
    if (finding.verdict === 'problem') return report;
  }
  findings.push(...(await examineAnswers(context, provider)));
  return report;
}

/** What to do about variables that are not set; undefined where something else is missing. */
export function setupAdvice({ unavailable = '' }: ProviderInstance): string | undefined {
  // One clause for each thing that is missing; a clause may name several variables of which one is enough.
  const clauses = unavailable.split(';').filter((clause) => / (?:is|are) (?:not )?set$/.test(clause));
  const wanted = clauses.map((clause) => (clause.match(/\b[A-Z][A-Z0-9_]{2,}\b/g) ?? []).join(' or '));
  const names = wanted.filter((name) => name !== '');
  return names.length === 0 ? undefined : `set ${names.join(' and ')}, in the environment or in .env`;
}

async function examineAnswers(context: DoctorContext, provider: ProviderInstance): Promise<readonly Finding[]> {
  const models = chatModels(context.snapshot, provider);
  const [cheapest] = models;
  if (cheapest === undefined) {
    return [{ check: 'answer', verdict: 'skipped', detail: 'the file lists no model of it that chats' }];
  }
  const heads: SeenHead[] = [];
  const keyedProviders = withEachKey(context, provider, heads);
  const findings: Finding[] = [];
  let healthy: KeyedProvider | undefined;
  for (const keyed of keyedProviders) {
    const finding = await withGateway(keyed, (gateway) => examineQuestion(keyed, gateway, cheapest, ANSWER_QUESTION));
    findings.push(finding);
    if (finding.verdict === 'ok') healthy ??= keyed;
  }
  if (healthy !== undefined) findings.push(...(await examineFurther(healthy, cheapest, models.find(canCallTools))));
  return [...findings, ...headerFindings(heads)];
}

/** What is worth asking only where answers come at all. */
function examineFurther(keyed: KeyedProvider, model: ModelEntry, caller: ModelEntry | undefined): Promise<Finding[]> {
  return withGateway(keyed, async (gateway) => {
    const findings = [await examineQuestion(keyed, gateway, model, STREAM_QUESTION)];
    if (caller !== undefined) findings.push(await examineQuestion(keyed, gateway, caller, TOOL_QUESTION));
    return findings;
  });
}

function withEachKey(context: DoctorContext, provider: ProviderInstance, heads: SeenHead[]): readonly KeyedProvider[] {
  const { apiKeys } = provider;
  if (apiKeys.length === 0) return [{ ...context, provider, key: undefined, keyLabel: undefined, heads }];
  return apiKeys.map((key, index) => {
    const keyLabel = apiKeys.length === 1 ? undefined : `key ${index + 1} of ${apiKeys.length}`;
    return { ...context, provider, key, keyLabel, heads };
  });
}

async function withGateway<Result>(
  keyed: KeyedProvider,
  run: (gateway: TrialGateway) => Promise<Result>,
): Promise<Result> {
  const gateway = openTrialGateway(keyed.snapshot, keyed.provider, keyed.key, (head) => keyed.heads.push(head));
  try {
    return await run(gateway);
  } finally {
    await gateway.close();
  }
}

async function examineQuestion(
  keyed: KeyedProvider,
  gateway: TrialGateway,
  model: ModelEntry,
  question: DoctorQuestion,
): Promise<Finding> {
  const { answer, finding } = await ask(gateway, model, question);
  const judged = finding ?? (await explainFailure(keyed, model, question, answer));
  return keyed.keyLabel === undefined ? judged : { ...judged, detail: `${keyed.keyLabel}: ${judged.detail}` };
}

async function explainFailure(
  keyed: KeyedProvider,
  model: ModelEntry,
  { check }: DoctorQuestion,
  { record, body }: TrialAnswer,
): Promise<Finding> {
  const { errorCode, upstreamStatus } = record;
  const message = asString(asObject(body['error'])['message']) ?? record.errorMessage ?? 'it failed';
  const known = errorCode === 'upstream.not_found' ? await listModels(withThisKey(keyed)) : [];
  const nearest = nearestNames(model.upstreamName, known);
  const { verdict, advice } = diagnose(errorCode, { model, upstreamStatus, keySource: keySource(keyed), nearest });
  return { check, verdict, detail: `${model.key}: ${message}`, advice };
}

function withThisKey({ provider, key }: KeyedProvider): ProviderInstance {
  return key === undefined ? provider : { ...provider, apiKeys: [key] };
}

/** The variables that hold the key; keys that stand in the file itself are in no variable. */
function keySource({ provider, key, env }: KeyedProvider): string {
  if (key === undefined) return `whether ${provider.name} needs a key (api_key_env)`;
  const secret = key.reveal();
  const holders = Object.entries(env).filter(([, value]) => splitKeys(value ?? '').includes(secret));
  const names = holders.map(([name]) => name);
  return names.length === 0 ? `api_key of ${provider.name} in the file` : names.join(', ');
}
