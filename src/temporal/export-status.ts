import { type Client, WorkflowContinuedAsNewError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { QueuedExport, QueuedRun } from '../domain/cohort-lock.ts';

/** Temporal's status of an export or of one of its runs, such as `RUNNING` or `TERMINATED`. */
export type ExportStatus =
  | { readonly known: true; readonly status: string }
  /** Temporal keeps it no more, or its workflow id is another export's now. */
  | { readonly known: false };

/** The status of an export's latest run, whatever became of those before it. */
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

/** The status of a run, or where it continued as new, of the run that it came to at last. */
export async function describeRun(
  client: Client,
  { workflowId, runId: from }: QueuedRun,
): Promise<ExportStatus> {
  try {
    for (let runId = from; ; ) {
      const { status } = await client.workflow.getHandle(workflowId, runId).describe();
      if (status.name !== 'CONTINUED_AS_NEW') return { known: true, status: status.name };
      runId = await continuationOf(client, workflowId, runId);
    }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { known: false };
    throw error;
  }
}

/** Only the last event of a run's history names the next one. */
async function continuationOf(client: Client, workflowId: string, runId: string): Promise<string> {
  try {
    await client.workflow.getHandle(workflowId, runId, { followRuns: false }).result();
  } catch (error) {
    if (error instanceof WorkflowContinuedAsNewError) return error.newExecutionRunId;
    throw error;
  }
  throw new TypeError('a run that continued as new has no result');
}
