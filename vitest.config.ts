import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';
import { Skipped } from './test/support/skipped.ts';

/** For tests that wait for real parts: long enough for a busy machine, as no test waits it out. */
const PATIENCE_MS = 120_000;
const common = {
  // In a process for each file, the SDK and the emulators would be loaded each time.
  isolate: false,
  testTimeout: PATIENCE_MS,
  hookTimeout: PATIENCE_MS,
  expect: { poll: { timeout: PATIENCE_MS / 2 } },
};

/** Most tests wait for others more than they compute, so a few more than there are cores. */
const WORKERS = availableParallelism() + 2;

/** These start no process and leave nothing behind, so their files can share one. */
const UNIT = [
  'test/activities/**/*.test.ts',
  'test/config/**/*.test.ts',
  'test/destinations/**/*.test.ts',
  'test/docs/**/*.test.ts',
  'test/domain/**/*.test.ts',
  'test/http/**/*.test.ts',
  'test/notifications/**/*.test.ts',
  'test/observability/**/*.test.ts',
  'test/redaction/**/*.test.ts',
  // The walk through the minutes takes as long as all of these together.
  'test/schedules/cron/!(naive-comparison).test.ts',
  // Sources are read in a process of their own.
  'test/sources/treasure-data/!(source).test.ts',
  // Bundling takes a process of its own.
  'test/temporal/!(workflow-bundle).test.ts',
];
const TEMPORAL = ['test/workflows/**/*.test.ts'];
const DEMO = ['test/demo/demo.test.ts'];
/** A small file each, and minutes of waiting: without a project of their own they would start last. */
const LONG = ['test/soak/soak.test.ts', 'test/bench/command.test.ts'];

// After a move, tests would run in another project, perhaps without what they need.
for (const pattern of [...UNIT, ...TEMPORAL, ...DEMO, ...LONG]) {
  if (globSync(pattern, { cwd: import.meta.dirname }).length === 0) {
    throw new Error(`vitest.config.ts names ${pattern}, and there is no such test.`);
  }
}

/** What each folder of `test` needs is said in test/README.md. The longest ones start first. */
export default defineConfig({
  test: {
    maxWorkers: WORKERS,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', 'json', new Skipped()],
    // For `npm run test:times`.
    outputFile: { json: 'var/test-times.json' },
    // Processes that tests start read their code faster the second time.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'var/compile-cache') },
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
          ...common,
          name: 'demo',
          include: DEMO,
          // A fresh clone sets itself up first.
          testTimeout: 3 * PATIENCE_MS,
          hookTimeout: 3 * PATIENCE_MS,
        },
      },
      {
        test: {
          ...common,
          name: 'long',
          include: LONG,
        },
      },
      {
        test: {
          ...common,
          name: 'temporal',
          include: TEMPORAL,
          // Some wait until Temporal has noticed that a worker is gone, which takes its time by itself.
          testTimeout: 2 * PATIENCE_MS,
          globalSetup: ['test/workflows/temporal-server.ts'],
        },
      },
      {
        test: {
          ...common,
          name: 'processes',
          include: ['test/**/*.test.ts'],
          exclude: [...UNIT, ...TEMPORAL, ...DEMO, ...LONG],
        },
      },
      {
        test: {
          ...common,
          name: 'unit',
          include: UNIT,
        },
      },
    ],
  },
});
