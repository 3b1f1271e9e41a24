import { startRouter, type TestRouter } from '../../support/start-router.ts';
import { clocksOf, PATIENT_TOTAL_MS, RETRY_AFTER_CAP_MS, SHORT_TOTAL_MS } from './clocks.ts';
import type { FaultCase } from './fault.ts';
import { FaultProvider } from './fault-provider.ts';
import { SHAPE_IDS, SHAPES } from './shapes.ts';

/** Keys of the providers: none may ever be seen outside. */
export const SECRET = 'sk-faults-0123456789abcdef';

/** A provider that commits every fault, and the routers before it. */
export interface FaultStage {
  readonly provider: FaultProvider;
  readonly routers: readonly TestRouter[];
  routerOf(faultCase: FaultCase): TestRouter;
  stop(): Promise<void>;
}

/** Each case has a provider of its own in the file, so that keys, limits and breakers of one do not touch another. */
export async function startStage(cases: readonly FaultCase[]): Promise<FaultStage> {
  const provider = await FaultProvider.start();
  const isShort = ({ fault }: FaultCase): boolean => fault.clock === 'total';
  const patient = await startRouter(await configurationOf(cases.filter(not(isShort)), provider, PATIENT_TOTAL_MS));
  const short = await startRouter(await configurationOf(cases.filter(isShort), provider, SHORT_TOTAL_MS));
  return {
    provider,
    routers: [patient, short],
    routerOf: (faultCase) => (isShort(faultCase) ? short : patient),
    stop: async () => {
      await Promise.all([patient.stop(), short.stop()]);
      await provider.stop();
    },
  };
}

const not =
  (isTrue: (faultCase: FaultCase) => boolean) =>
  (faultCase: FaultCase): boolean =>
    !isTrue(faultCase);

async function configurationOf(cases: readonly FaultCase[], provider: FaultProvider, totalMs: number): Promise<string> {
  const tables = [
    `[timeouts]\ntotal_ms = ${totalMs}`,
    // Nothing but faults: a budget for retries would soon be used up, and it has tests of its own.
    `[retry]\nmax_attempts = 2\nbase_delay_ms = 10\nmax_delay_ms = 100\nbudget_percent = 100
retry_after_cap_ms = ${RETRY_AFTER_CAP_MS}`,
    // Long enough for every failure to be counted still when all cases have been played.
    '[circuit_breaker]\nwindow_seconds = 3600',
  ];
  for (const id of SHAPE_IDS) {
    const table = { type: SHAPES[id].providerType, base_url: `${provider.healthyUrl}/healthy-${id}`, api_key: SECRET };
    tables.push(section('providers', { name: `healthy-${id}`, ...table }));
    tables.push(section('models', { name: 'm', provider: `healthy-${id}`, tags: ['healthy'] }));
  }
  for (const faultCase of cases) tables.push(await caseTables(faultCase, provider));
  return tables.join('\n\n');
}

/** So slow to fill again that what is missing is what was used. */
const RATE_LIMIT =
  'rate_limit = { max_requests = 1000, max_tokens = 1000000, per_seconds = 1000000000, max_concurrency = 10 }';

async function caseTables(faultCase: FaultCase, provider: FaultProvider): Promise<string> {
  const { connectMs, firstTokenMs, idleMs } = clocksOf(faultCase.fault);
  const { name, hasFallback } = faultCase;
  const baseUrl = await provider.add(faultCase);
  const clocks = `timeouts = { connect_ms = ${connectMs}, first_token_ms = ${firstTokenMs}, idle_ms = ${idleMs} }`;
  const type = SHAPES[faultCase.provider].providerType;
  const fallbacks = hasFallback ? { fallbacks: [`healthy-${faultCase.provider}/m`] } : {};
  return [
    section('providers', { name, type, base_url: baseUrl, api_key: SECRET }),
    clocks,
    section('models', { name: 'm', provider: name, tags: ['faulty'], ...fallbacks }),
    RATE_LIMIT,
  ].join('\n');
}

function section(table: string, members: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(members).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return `[[${table}]]\n${lines.join('\n')}`;
}
