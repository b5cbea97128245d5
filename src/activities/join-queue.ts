import { Context } from '@temporalio/activity';
import type { CohortOfConnection, QueuedExport } from '../domain/cohort-queue.ts';
import { COHORT_QUEUE_WORKFLOW, cohortQueueId, JOIN_SIGNAL } from '../domain/cohort-queue.ts';

/** Puts an export in the line of its cohort, and starts the queue where there is none. */
export function createJoinQueue() {
  return async (cohort: CohortOfConnection, export_: QueuedExport): Promise<void> => {
    const { client, info } = Context.current();
    await client.workflow.signalWithStart(COHORT_QUEUE_WORKFLOW, {
      workflowId: cohortQueueId(info.taskQueue, cohort),
      taskQueue: info.taskQueue,
      args: [{ cohort, line: [] }],
      signal: JOIN_SIGNAL,
      signalArgs: [export_],
      staticSummary: `Lets one export at a time change the cohort ${cohort.cohortId} on ${cohort.connection}`,
    });
  };
}
