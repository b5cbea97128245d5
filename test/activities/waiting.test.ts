import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createStageRows, type StageRowsInput } from '../../src/activities/staging.ts';
import { activity } from '../../src/activities/support/activity.ts';
import type { ActivityDependencies } from '../../src/activities/support/dependencies.ts';
import { QuerySlots } from '../../src/staging/query-slots.ts';

const waits = vi.fn();
const slots = new QuerySlots(1);
const staged = { chunks: [] };
const deps = {
  destinations: { format: () => ({}) },
  sources: { read: () => ({}) },
  staging: { committed: async () => null },
  stagingProcesses: { run: async () => staged },
  querySlots: slots,
  namespace: {},
  draining: new AbortController().signal,
} as unknown as ActivityDependencies;

/** Runs the activity after an attempt that left `before`; it stays at work for as long as it waits. */
function start(before?: object) {
  const logged: LogEntry[] = [];
  const logger = new DefaultLogger('WARN', (entry) => logged.push(entry));
  const environment = new MockActivityEnvironment({ heartbeatDetails: before }, { logger });
  const left: object[] = [];
  environment.on('heartbeat', (details) => left.push(structuredClone(details)));
  const { runId: lockHolderRunId } = environment.context.info.workflowExecution ?? {};
  const input = { request: {}, exportRunId: 'e', lockHolderRunId } as unknown as StageRowsInput;
  const ended = environment.run(activity(createStageRows(deps)), input).then(
    (result) => ({ result, failure: null }),
    (failure: unknown) => ({ result: null, failure }),
  );
  return { ended, left, logged };
}

it('a query that waits for a slot goes back to the task queue, and keeps its place in line', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const never = new AbortController().signal;
  const taken = await slots.acquire({ signal: never, waitedMs: 0, onWaiting: waits });
  const first = start({ counted: 2, isUnderWay: false });
  await vi.waitUntil(() => first.left.some((details) => 'note' in details));
  await vi.advanceTimersByTimeAsync(30_000);
  expect((await first.ended).failure).toMatchObject({
    type: 'StillWaiting',
    message: 'No query slot became free on this worker within 30 s; another worker may have one.',
    nonRetryable: false,
    nextRetryDelay: 1_000,
  });
  expect(first.logged).toEqual([]);
  const before = first.left.at(-1);
  expect(before).toMatchObject({ counted: 2, isUnderWay: false, waitedMs: 30_000 });
  // One that came meanwhile is behind it.
  const younger = slots.acquire({ signal: never, waitedMs: 0, onWaiting: waits });
  const again = start(before);
  await vi.waitUntil(() => waits.mock.lastCall?.[0] === 1);
  taken[Symbol.dispose]();
  expect(await again.ended).toEqual({ result: staged, failure: null });
  expect(again.left.at(-1)).toMatchObject({ counted: 2, isUnderWay: true, waitedMs: 0 });
  (await younger)[Symbol.dispose]();
});
