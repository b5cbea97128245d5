import { defineConfig } from 'vitest/config';

/** For tests that wait for real parts: long enough for a busy machine, as no test waits it out. */
const PATIENCE_MS = 60_000;
const patient = {
  testTimeout: PATIENCE_MS,
  hookTimeout: PATIENCE_MS,
  expect: { poll: { timeout: PATIENCE_MS / 2 } },
};

/** What each folder of `test` needs to run is said in test/README.md. */
export default defineConfig({
  test: {
    // Most tests wait for others more than they compute.
    maxWorkers: 2,
    // What it does not see is said in test/README.md.
    coverage: {
      include: ['{src,sandbox}/**/*.ts'],
      autoAttachSubprocess: true,
      reporter: [['text', { skipFull: true }], 'html'],
      reportsDirectory: 'var/coverage',
    },
    projects: [
      {
        test: {
          ...patient,
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/workflows/**', 'test/demo/**', 'test/docs/**'],
        },
      },
      { test: { name: 'docs', include: ['test/docs/**/*.test.ts'] } },
      {
        test: {
          ...patient,
          // Some wait until Temporal has noticed that a worker is gone, which takes its time by itself.
          testTimeout: 3 * PATIENCE_MS,
          name: 'exports',
          include: ['test/workflows/**/*.test.ts'],
          globalSetup: ['test/workflows/temporal-server.ts'],
        },
      },
      {
        test: {
          ...patient,
          name: 'demo',
          include: ['test/demo/**/*.test.ts'],
          // A fresh clone sets itself up first.
          testTimeout: 5 * PATIENCE_MS,
        },
      },
    ],
  },
});
