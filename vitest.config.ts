import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/long/**'],
    testTimeout: 20_000,
    pool: 'forks',
    // Most tests wait for sockets, files and child processes, so two at a time also pay on two cores.
    maxWorkers: 3,
  },
});
