import { type ScheduleDescription, ScheduleNotFoundError } from '@temporalio/client';
import { CommandError } from '../../command-line/output.ts';
import type { Temporal } from './temporal.ts';

export const WORKFLOW_TYPE = 'exportCohort';

/** The ids of all schedules that run exports, however they were created. */
export async function exportScheduleIds({ client }: Temporal): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId, action } of client.schedule.list()) {
    if (action?.workflowType === WORKFLOW_TYPE) ids.push(scheduleId);
  }
  return ids;
}

/** `null` if there is none. */
export async function findSchedule(
  { client }: Temporal,
  scheduleId: string,
): Promise<ScheduleDescription | null> {
  try {
    return await client.schedule.getHandle(scheduleId).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/**
 * A schedule that runs exports, however it was created.
 * @throws CommandError, ScheduleNotFoundError
 */
export async function describeExports(
  { client }: Temporal,
  scheduleId: string,
): Promise<ScheduleDescription> {
  const description = await client.schedule.getHandle(scheduleId).describe();
  refuseOthers(description);
  return description;
}

/** @throws CommandError for a schedule that starts something else. */
export function refuseOthers({ scheduleId, action }: ScheduleDescription): void {
  if (action.workflowType === WORKFLOW_TYPE) return;
  throw new CommandError(
    1,
    `The schedule "${scheduleId}" starts the workflow ${action.workflowType}, not ${WORKFLOW_TYPE}, and was left unchanged. To manage it, use Temporal's own CLI: npm run temporal -- schedule --help`,
  );
}

/** How many runs Temporal has queued behind the one under way. */
export function bufferSize({ raw }: ScheduleDescription): number {
  return Number(raw.info?.bufferSize ?? 0);
}
