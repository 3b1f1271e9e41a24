import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/pairs/**/*.test.ts'],
    testTimeout: 20_000,
    pool: 'forks',
    maxWorkers: 3,
    // A worker imports each client once: that takes longer than the tests of a file.
    isolate: false,
  },
});
