import { type DoctorReport, type Finding, hasProblem, isSound, type ProviderReport } from './doctor-finding.ts';
import { textTable } from './text-table.ts';

const CHECK_WIDTH = 7;
const VERDICT_WIDTH = 7;

/** The report for people. */
export function doctorText(report: DoctorReport): string {
  const { configProblems, providers, skipped } = report;
  return [
    ...configProblems,
    ...providers.flatMap(providerLines),
    ...(skipped.length === 0 ? [] : ['', 'Not asked:', ...skippedLines(skipped)]),
    '',
    summary(report),
  ].join('\n');
}

/** The report for programs. */
export function doctorJson(report: DoctorReport): string {
  const document = {
    ok: isSound(report),
    config_problems: report.configProblems,
    providers: report.providers.map(({ provider, type, findings }) => ({ provider, type, findings })),
    skipped: report.skipped,
  };
  return JSON.stringify(document, undefined, 2);
}

function providerLines({ provider, type, findings }: ProviderReport): readonly string[] {
  return ['', provider === type ? provider : `${provider} (${type})`, ...findings.flatMap(findingLines)];
}

function skippedLines(skipped: DoctorReport['skipped']): readonly string[] {
  return textTable(
    skipped.map(({ provider, reason, advice }) => [
      `  ${provider}`,
      reason,
      advice === undefined ? '' : `-> ${advice}`,
    ]),
    0,
  );
}

function findingLines({ check, verdict, detail, advice }: Finding): readonly string[] {
  const line = `  ${verdict.padEnd(VERDICT_WIDTH)}  ${check.padEnd(CHECK_WIDTH)} ${detail}`;
  return advice === undefined ? [line] : [line, `${' '.repeat(VERDICT_WIDTH + CHECK_WIDTH + 5)}-> ${advice}`];
}

function summary(report: DoctorReport): string {
  const { providers, hasConfigErrors } = report;
  if (providers.length === 0) return 'No provider is set up: set the key of one of them.';
  const ill = providers.filter(hasProblem).map(({ provider }) => provider);
  const what = [...(hasConfigErrors ? ['the file'] : []), ...ill];
  return what.length === 0 ? 'All is well.' : `Something is wrong with ${what.join(', ')}.`;
}
