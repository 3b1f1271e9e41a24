#!/usr/bin/env node
import { readCommandLine, USAGE, UsageError } from './cli/arguments.ts';
import { readVersion } from './cli/version.ts';
import { loadEnvironment } from './env.ts';

/** sysexits.h: the command was used wrongly. */
const EXIT_USAGE = 64;

/** Loads only what the command needs: loading everything takes longer than most commands. */
async function main(): Promise<number | undefined> {
  const line = readCommandLine(process.argv.slice(2));
  switch (line.command) {
    case 'help':
      console.log(USAGE);
      return 0;
    case 'version':
      console.log(readVersion());
      return 0;
    case 'check': {
      const { checkFile } = await import('./cli/check.ts');
      return checkFile(line, loadEnvironment());
    }
    case 'explain': {
      const { explainQuestion } = await import('./cli/explain.ts');
      return explainQuestion(line, loadEnvironment());
    }
    case 'doctor': {
      const { doctor } = await import('./cli/doctor.ts');
      return doctor(line, loadEnvironment(), { print: console.log, remark: console.error });
    }
    case 'drill': {
      const { drill } = await import('./cli/drill.ts');
      const { readTraffic } = await import('./storage/read-traffic.ts');
      return drill(line, loadEnvironment(), { readTraffic, print: console.log });
    }
    case 'serve': {
      const { serve } = await import('./cli/serve.ts');
      return serve(line, loadEnvironment());
    }
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
