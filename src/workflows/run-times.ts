import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';

/** Set by Temporal on the runs of a schedule. */
const SCHEDULED_START_TIME = defineSearchAttributeKey(
  'TemporalScheduledStartTime',
  SearchAttributeType.DATETIME,
);

/** A run of a cron workflow, or one that is retried or delayed by Temporal, is created before it starts. */
export function startOfRun(): Date {
  const { startTime: createdAt, cronScheduleToScheduleInterval: waitMs = 0 } = workflowInfo();
  return new Date(createdAt.getTime() + waitMs);
}

/** The scheduled time of a schedule's run, whenever it really starts. */
export function scheduledTimeOf(): Date | null {
  return workflowInfo().typedSearchAttributes.get(SCHEDULED_START_TIME) ?? null;
}
