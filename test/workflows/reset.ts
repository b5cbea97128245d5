import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../src/activities/index.ts';
import type { ExportReport } from '../../src/domain/report.ts';
import { eventsOf, localActivityOf } from './history-facts.ts';

interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

type TaskId = NonNullable<ReturnType<typeof eventsOf>[number]['eventId']>;

export type ResetExport = WorkflowHandle<() => Promise<ExportReport>>;

const historyOf = (client: Client, { workflowId, runId }: Run) =>
  client.workflow.getHandle(workflowId, runId).fetchHistory();

/**
 * Resets a run to the workflow task that asked for the first activity of that name, as
 * `temporal workflow reset --event-id` does. Resolves to the new run.
 */
export async function resetTo(
  client: Client,
  run: Run,
  activity: keyof Activities,
): Promise<ResetExport> {
  const history = await historyOf(client, run);
  const tasks = eventsOf(history).flatMap((event) => {
    const scheduled = event.activityTaskScheduledEventAttributes;
    const isMeant = (scheduled?.activityType?.name ?? localActivityOf(event)) === activity;
    const task = (scheduled ?? event.markerRecordedEventAttributes)?.workflowTaskCompletedEventId;
    return isMeant && task ? [task] : [];
  });
  const [task] = tasks;
  if (!task) throw new Error(`the run did not get to ${activity}`);
  return await resetToTask(client, run, task);
}

/** The workflow tasks of a run, in order: the ids of the events of their completion. */
export async function workflowTasksOf(client: Client, run: Run): Promise<TaskId[]> {
  return eventsOf(await historyOf(client, run)).flatMap((event) =>
    event.workflowTaskCompletedEventAttributes && event.eventId ? [event.eventId] : [],
  );
}

/** Resets a run to a workflow task. Resolves to the new run. */
export async function resetToTask(
  client: Client,
  { workflowId, runId }: Run,
  workflowTaskFinishEventId: TaskId,
): Promise<ResetExport> {
  const reset = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    reason: 'a test',
    workflowTaskFinishEventId,
    requestId: randomUUID(),
  });
  return client.workflow.getHandle(workflowId, reset.runId);
}
