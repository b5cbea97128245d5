import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { scheduleFailuresId } from '../../domain/schedule-runs.ts';

/** Signals the workflow that counts a schedule's failures; there is none where none failed lately. */
export async function tellFailureCounter(
  client: Client,
  taskQueue: string,
  scheduleId: string,
  signal: string,
): Promise<void> {
  try {
    await client.workflow.getHandle(scheduleFailuresId(taskQueue, scheduleId)).signal(signal);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
