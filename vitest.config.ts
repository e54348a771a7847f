import { defineConfig } from 'vitest/config';

// Two cores is what the smallest machine of ours has: more workers only make the timing of real sockets noisy.
export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    maxWorkers: 2,
    // Real processes on a machine that may be busy with others: a test that fails there is tried again, which is told.
    retry: process.env.CI ? 2 : 0,
    reporters: ['default'],
  },
});
