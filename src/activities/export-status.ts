import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { QueuedExport } from '../domain/cohort-queue.ts';

/** Temporal's status of an export's latest run, such as `RUNNING` or `TERMINATED`. */
export type ExportStatus =
  | { readonly known: true; readonly status: string }
  /** Temporal keeps it no more, or its workflow id is another export's now. */
  | { readonly known: false };

export async function describeExport(
  client: Client,
  { workflowId, exportRunId }: QueuedExport,
): Promise<ExportStatus> {
  try {
    const latest = await client.workflow.getHandle(workflowId).describe();
    const { firstRunId } = latest.raw.workflowExecutionInfo ?? {};
    return firstRunId === exportRunId
      ? { known: true, status: latest.status.name }
      : { known: false };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { known: false };
    throw error;
  }
}
