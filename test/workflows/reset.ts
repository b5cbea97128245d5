import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../src/activities/index.ts';
import type { ExportReport } from '../../src/domain/report.ts';
import { eventsOf, localActivityOf } from './history-facts.ts';

export type ResetExport = WorkflowHandle<() => Promise<ExportReport>>;

/**
 * Resets a run to the workflow task that asked for the first activity of that name, as
 * `temporal workflow reset --event-id` does. Resolves to the new run.
 */
export async function resetTo(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId: string },
  activity: keyof Activities,
): Promise<ResetExport> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const tasks = eventsOf(history).flatMap((event) => {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const isMeant = (scheduled?.activityType?.name ?? localActivityOf(event)) === activity;
    const task = (scheduled ?? event.markerRecordedEventAttributes)?.workflowTaskCompletedEventId;
    return isMeant && task ? [task] : [];
  });
  const [workflowTaskFinishEventId] = tasks;
  if (!workflowTaskFinishEventId) throw new Error(`the run did not get to ${activity}`);
  const reset = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'a test',
    workflowTaskFinishEventId,
    requestId: randomUUID(),
  });
  return client.workflow.getHandle(workflowId, reset.runId);
}
