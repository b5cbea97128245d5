import { Context } from '@temporalio/activity';
import type { CohortOfConnection, Newcomer } from '../domain/cohort-lock.ts';
import { COHORT_QUEUE_WORKFLOW, cohortQueueId, JOIN_SIGNAL } from '../domain/cohort-lock.ts';
import { ownRunId } from './turn-of.ts';

/**
 * Puts a run in the line of its cohort, and starts the queue where there is none. Resolves to the
 * run's id: in a run that was reset, the history still has that of the run which joined.
 */
export function createJoinQueue() {
  return async (cohort: CohortOfConnection, newcomer: Omit<Newcomer, 'runId'>): Promise<string> => {
    const { client, info } = Context.current();
    const runId = ownRunId();
    const joining: Newcomer = { ...newcomer, runId };
    await client.workflow.signalWithStart(COHORT_QUEUE_WORKFLOW, {
      workflowId: cohortQueueId(info.taskQueue, cohort),
      taskQueue: info.taskQueue,
      args: [{ cohort, line: [] }],
      signal: JOIN_SIGNAL,
      signalArgs: [joining],
      staticSummary: `Lets one export at a time change the cohort ${cohort.cohortId} on ${cohort.connection}`,
    });
    return runId;
  };
}
