import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { QueuedExport } from '../domain/cohort-queue.ts';
import { describeExport } from './export-status.ts';

export interface ExportEnd {
  /** True where its activities may outlive it for a moment: terminated or timed out. */
  readonly abrupt: boolean;
}

/**
 * Resolves once an export is over. While it runs the attempt fails, so that Temporal polls by
 * retrying: that takes neither history nor an activity slot.
 */
export function createWatchExport() {
  return async (watched: QueuedExport): Promise<ExportEnd> => {
    const now = await describeExport(Context.current().client, watched);
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
