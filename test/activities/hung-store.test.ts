import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createStageRows, type StageRowsInput } from '../../src/activities/staging.ts';
import { activity } from '../../src/activities/support/activity.ts';
import type { ActivityDependencies } from '../../src/activities/support/dependencies.ts';
import { QuerySlots } from '../../src/staging/query-slots.ts';

const NEVER = new Promise<never>(() => undefined);
const logger = new DefaultLogger('ERROR');

it('a store that hangs while rows are staged is left to another worker, and counts as no attempt', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const looks = vi
    .fn()
    .mockResolvedValueOnce(null)
    .mockResolvedValueOnce(null)
    .mockReturnValue(NEVER);
  const running = Promise.withResolvers<AbortSignal>();
  const deps = {
    destinations: { format: () => ({}) },
    sources: { read: () => ({}) },
    staging: { committed: looks },
    stagingProcesses: {
      run: (_: object, { signal }: { signal: AbortSignal }) => {
        running.resolve(signal);
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
      },
    },
    querySlots: new QuerySlots(1),
    namespace: {},
    draining: new AbortController().signal,
  } as unknown as ActivityDependencies;
  const environment = new MockActivityEnvironment({}, { logger });
  let left: object = {};
  environment.on('heartbeat', (details) => {
    left = structuredClone(details);
  });
  const { runId: lockHolderRunId } = environment.context.info.workflowExecution ?? {};
  const input = { request: {}, exportRunId: 'e', lockHolderRunId } as unknown as StageRowsInput;
  const failure = environment
    .run(activity(createStageRows(deps)), input)
    .catch((error: unknown) => error);
  const signal = await running.promise;
  // The first look finds it well, the second one hangs.
  await vi.advanceTimersByTimeAsync(89_000);
  expect(signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(signal.aborted).toBe(true);
  expect(await failure).toMatchObject({
    type: 'StagingFailed',
    message: expect.stringContaining('did not respond within 30 s'),
    nonRetryable: false,
  });
  expect(left).toMatchObject({ counted: 0, failures: 1 });
});
