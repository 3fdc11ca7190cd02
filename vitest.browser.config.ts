import { defineConfig } from 'vitest/config';

/** Tests that drive Chromium: engines in a page, and the pages themselves. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
