import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    testTimeout: 20_000,
    pool: 'forks',
    // Most cases wait for clocks and sockets.
    maxWorkers: 2,
  },
});
