import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { scheduleFailuresId } from '../../domain/schedule-pausing.ts';

/** Signals the workflow that counts a schedule's failures, if there is one: it starts with a failure. */
export async function signalFailureCounter(
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
