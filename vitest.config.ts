import { defineConfig } from 'vitest/config';

/** What each folder of `test` needs to run is said in test/README.md. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/workflows/**', 'test/demo/**'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'exports',
          include: ['test/workflows/**/*.test.ts'],
          globalSetup: ['test/workflows/temporal-server.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'demo',
          include: ['test/demo/**/*.test.ts'],
          testTimeout: 300_000,
        },
      },
    ],
  },
});
