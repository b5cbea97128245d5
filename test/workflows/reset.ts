import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { ExportReport } from '../../src/domain/report.ts';

export type ResetExport = WorkflowHandle<() => Promise<ExportReport>>;

/**
 * Resets a run to the workflow task that asked for the first activity of that name, as
 * `temporal workflow reset --event-id` does. Resolves to the new run.
 */
export async function resetTo(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId: string },
  activity: string,
): Promise<ResetExport> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const scheduled = (events ?? []).find(
    (event) =>
      event.activityTaskScheduledEventAttributes?.activityType?.name === activity &&
      event.activityTaskScheduledEventAttributes.workflowTaskCompletedEventId,
  );
  const { workflowTaskCompletedEventId } = scheduled?.activityTaskScheduledEventAttributes ?? {};
  if (!workflowTaskCompletedEventId) throw new Error(`the run did not get to ${activity}`);
  const reset = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'a test',
    workflowTaskFinishEventId: workflowTaskCompletedEventId,
    requestId: randomUUID(),
  });
  return client.workflow.getHandle(workflowId, reset.runId);
}
