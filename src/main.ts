#!/usr/bin/env node
import { readCommandLine, USAGE, UsageError } from './cli/arguments.ts';
import { checkFile } from './cli/check.ts';
import { doctor } from './cli/doctor.ts';
import { drill } from './cli/drill.ts';
import { explainQuestion } from './cli/explain.ts';
import { serve } from './cli/serve.ts';
import { readVersion } from './cli/version.ts';
import { loadEnvironment } from './env.ts';
import { readTraffic } from './storage/read-traffic.ts';

/** sysexits.h: the command was used wrongly. */
const EXIT_USAGE = 64;

async function main(): Promise<number | undefined> {
  const line = readCommandLine(process.argv.slice(2));
  switch (line.command) {
    case 'help':
      console.log(USAGE);
      return 0;
    case 'version':
      console.log(readVersion());
      return 0;
    case 'check':
      return checkFile(line, loadEnvironment());
    case 'explain':
      return explainQuestion(line, loadEnvironment());
    case 'doctor':
      return doctor(line, loadEnvironment(), { print: console.log, remark: console.error });
    case 'drill':
      return drill(line, loadEnvironment(), { readTraffic, print: console.log });
    case 'serve':
      return serve(line, loadEnvironment());
    default:
      return line.command satisfies never;
  }
}

try {
  // Undefined while the service runs.
  const exitCode = await main();
  if (exitCode !== undefined) process.exitCode = exitCode;
} catch (thrown) {
  if (!(thrown instanceof UsageError)) throw thrown;
  console.error(`${thrown.message}\n\n${USAGE}`);
  process.exitCode = EXIT_USAGE;
}
