import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { QueuedRun } from '../domain/cohort-lock.ts';
import { describeRun } from '../temporal/export-status.ts';

export interface ExportEnd {
  /** True where its activities may outlive it for a moment: terminated or timed out. */
  readonly abrupt: boolean;
}

/**
 * Resolves once a run of an export is over, with those that it continued as; what a reset makes of it
 * is another run, which waits for this end. While it runs the attempt fails, so that Temporal polls by
 * retrying: that takes neither history nor an activity slot.
 */
export function createWatchExport() {
  return async (watched: QueuedRun): Promise<ExportEnd> => {
    const now = await describeRun(Context.current().client, watched);
    if (now.known && now.status === 'RUNNING') {
      throw ApplicationFailure.create({
        type: 'StillRunning',
        message: `The export ${watched.workflowId} is still running.`,
        category: ApplicationFailureCategory.BENIGN,
      });
    }
    return { abrupt: !now.known || now.status === 'TERMINATED' || now.status === 'TIMED_OUT' };
  };
}
