import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    env: { LONG_FAULTS: '1' },
    testTimeout: 20_000,
    pool: 'forks',
    // Most cases wait for clocks and sockets.
    maxWorkers: 2,
  },
});
