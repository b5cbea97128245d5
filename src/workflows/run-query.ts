import { CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { QueryJob, QueryRun, SourceSpec } from '../domain/source-port.ts';
import { bestEffort, runActivity } from './run-activity.ts';

/**
 * Runs the query as a job of its source, and resolves to the job once it has succeeded. A cancel
 * stops the job. `lockHolderRunId` is the run that holds the lock of the cohort.
 */
export async function runQuery(
  source: SourceSpec,
  scheduledTime: string,
  lockHolderRunId: string,
  onNote: (note: string) => void,
): Promise<QueryJob> {
  const { namespace, workflowId, originalExecutionRunId: runId } = workflowInfo();
  const run: QueryRun = { namespace, workflowId, runId, scheduledTime };
  try {
    onNote('starting the query');
    const start = { source, run, lockHolderRunId };
    const job = await runActivity('startQuery', 'start the query', start);
    onNote(`waiting for job ${job.jobId}`);
    await runActivity('awaitQuery', `waiting for job ${job.jobId}`, { source, job });
    return job;
  } catch (error) {
    if (CancellationScope.current().consideredCancelled || isCancellation(error)) {
      await bestEffort('the job could not be stopped and will run to completion', () =>
        runActivity('stopQuery', 'stop the job', { source, run }),
      );
    }
    throw error;
  }
}
