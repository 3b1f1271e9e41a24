import type { Environment } from '../config/environment.ts';
import { formatProblems } from '../config/format-problems.ts';
import type { ConfigProblem, RouterSnapshot } from '../config/snapshot.ts';
import { nearestNames } from '../lib/nearest.ts';
import type { ProviderInstance } from '../providers/spec.ts';
import { EXIT_CONFIG } from '../startup-error.ts';
import { type CommandLine, optionNames, UsageError } from './arguments.ts';
import { isError } from './check.ts';
import { examine, setupAdvice } from './doctor-examination.ts';
import { type DoctorReport, isSound, type ProviderReport } from './doctor-finding.ts';
import { ANSWER_TOKENS, TOOL_TOKENS } from './doctor-questions.ts';
import { doctorJson, doctorText } from './doctor-text.ts';
import { loadSnapshot } from './load-snapshot.ts';

const EXIT_ILL = 1;
const AT_ONCE = 4;

/** Where the words go: the report itself, and what is said beside it. */
export interface DoctorPorts {
  readonly print: (text: string) => void;
  readonly remark: (text: string) => void;
}

/** Asks every active provider a few tiny questions and says what to do about what is wrong; 1 where something is. */
export async function doctor(line: CommandLine, env: Environment, { print, remark }: DoctorPorts): Promise<number> {
  const snapshot = loadSnapshot(line, env);
  if (snapshot === undefined) return EXIT_CONFIG;
  const { asked, skipped } = chooseProviders(snapshot, optionNames(line.options, 'provider'));
  if (asked.length > 0) remark(announcement(asked.length));
  const providers = await examineAll(snapshot, env, asked);
  const report: DoctorReport = { ...configFindings(snapshot), providers, skipped };
  print(line.options['json'] === true ? doctorJson(report) : doctorText(report));
  return isSound(report) ? 0 : EXIT_ILL;
}

interface Choice {
  readonly asked: readonly ProviderInstance[];
  readonly skipped: DoctorReport['skipped'];
}

/** Those that are named; else all that are set up and real. */
function chooseProviders({ providers }: RouterSnapshot, names: readonly string[]): Choice {
  if (names.length > 0) return { asked: names.map((name) => findProvider(providers, name)), skipped: [] };
  const active = [...providers.values()].filter(({ isActive }) => isActive);
  const reasons = active.map((provider) => ({ provider, reason: reasonToSkip(provider) }));
  return {
    asked: reasons.filter(({ reason }) => reason === undefined).map(({ provider }) => provider),
    skipped: reasons.flatMap(({ provider, reason }) =>
      reason === undefined ? [] : [{ provider: provider.name, reason, advice: setupAdvice(provider) }],
    ),
  };
}

function findProvider(providers: RouterSnapshot['providers'], name: string): ProviderInstance {
  const provider = providers.get(name);
  if (provider !== undefined) return provider;
  const [nearest] = nearestNames(name, providers.keys(), 1);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  throw new UsageError(`--provider: there is no provider called ${name}${hint}`);
}

function reasonToSkip(provider: ProviderInstance): string | undefined {
  if (provider.spec.isStandIn === true) return 'because it answers from a script (--provider asks it all the same)';
  return provider.unavailable;
}

function announcement(count: number): string {
  const providers = count === 1 ? '1 provider' : `${count} providers`;
  return (
    `Asking ${providers} up to three tiny questions each: answers of at most ${ANSWER_TOKENS} tokens for each key and ` +
    `for a stream, and of ${TOOL_TOKENS} for a tool call.`
  );
}

/** A few at a time; the reports come in the order of the file. */
async function examineAll(
  snapshot: RouterSnapshot,
  env: Environment,
  providers: readonly ProviderInstance[],
): Promise<readonly ProviderReport[]> {
  const reports = new Map<ProviderInstance, ProviderReport>();
  const waiting = [...providers];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      reports.set(next, await examine({ snapshot, env }, next));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return providers.flatMap((provider) => reports.get(provider) ?? []);
}

/** Providers without their variable are spoken of by name, so that the file's own words about them would be twice. */
function configFindings({ problems, file }: RouterSnapshot): Pick<DoctorReport, 'configProblems' | 'hasConfigErrors'> {
  const isAboutSetup = ({ message }: ConfigProblem): boolean => message.includes('is unavailable: ');
  const told = problems.filter((problem) => problem.level !== 'notice' && !isAboutSetup(problem));
  return {
    configProblems: formatProblems(file ?? 'embedded defaults', told),
    hasConfigErrors: told.some(isError),
  };
}
