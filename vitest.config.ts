import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that wait for long, mostly for files and child processes: begun last, they would be waited for by everybody. */
const LONGEST = [
  'http/reload.test.ts',
  'cli/command-line.test.ts',
  'http/moving-on.test.ts',
  'providers/conformance.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => LONGEST.some((name) => moduleId.endsWith(name));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Scripts of their own run these.
    exclude: ['test/pairs/**', 'test/agents/**', 'test/faults/matrix/**', 'test/faults/internal/**'],
    testTimeout: 20_000,
    pool: 'forks',
    // No test replaces a module or changes what is global, and loading the sources anew for each file took a third of all time.
    isolate: false,
    // Most tests wait for sockets, files and child processes, so two at a time also pay on two cores.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
});
