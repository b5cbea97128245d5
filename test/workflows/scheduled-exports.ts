import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  type ScheduleHandle,
  ScheduleOverlapPolicy,
  type WorkflowHandle,
} from '@temporalio/client';
import type { ExportReport } from '../../src/domain/report.ts';
import { SCHEDULE_MEMO } from '../../src/domain/schedule-pausing.ts';
import { eventually } from './eventually.ts';
import type { ExportEnvironment } from './export-environment.ts';

export type ScheduledRun = WorkflowHandle<() => Promise<ExportReport>>;

/** A schedule without times of its own, as `npm run schedule` would apply it. */
export async function createSchedule(
  { client, taskQueue }: ExportEnvironment,
  input: object,
  pauseAfterFailures = 2,
  scheduleId = `s-${randomUUID()}`,
): Promise<ScheduleHandle> {
  const applied = { scheduleId, cron: '', timezone: 'UTC', pauseAfterFailures };
  return await client.schedule.create({
    scheduleId,
    spec: {},
    action: {
      type: 'startWorkflow',
      workflowType: 'exportCohort',
      workflowId: scheduleId,
      taskQueue,
      args: [input],
      memo: { [SCHEDULE_MEMO]: applied },
    },
    policies: { overlap: ScheduleOverlapPolicy.BUFFER_ALL },
  });
}

/** Starts a run of a schedule that the schedule waits for. */
export async function startOne(
  { client }: ExportEnvironment,
  handle: ScheduleHandle,
): Promise<ScheduledRun> {
  await handle.trigger(ScheduleOverlapPolicy.BUFFER_ALL);
  const workflowId = await eventually(async () => {
    const [first] = (await handle.describe()).info.recentActions;
    assert(first !== undefined);
    return first.action.workflow.workflowId;
  });
  return client.workflow.getHandle(workflowId);
}

/** Triggers a run of a schedule. Resolves to it when it is over, however, and the schedule knows. */
export async function runOnce(
  { client }: ExportEnvironment,
  handle: ScheduleHandle,
): Promise<ScheduledRun> {
  const before = (await handle.describe()).info.numActionsTaken;
  await handle.trigger();
  const info = await eventually(async () => {
    const now = (await handle.describe()).info;
    assert.equal(now.numActionsTaken, before + 1);
    return now;
  });
  const run = client.workflow.getHandle(
    info.recentActions.at(-1)?.action.workflow.workflowId ?? '',
  );
  await run.result().catch(() => undefined);
  // The schedule has to know the end before the next run is told of it.
  await eventually(async () => assert.deepEqual((await handle.describe()).info.runningActions, []));
  return run;
}

/** Changes what the next runs of a schedule export. */
export async function changeInput(handle: ScheduleHandle, input: object): Promise<void> {
  await handle.update((previous) => ({
    ...previous,
    action: { ...previous.action, args: [input] },
  }));
}
