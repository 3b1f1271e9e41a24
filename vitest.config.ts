import { defineConfig } from 'vitest/config';

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
  },
});
