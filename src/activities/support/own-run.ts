import { Context } from '@temporalio/activity';
import { ExportError } from '../../domain/failures.ts';

/** The run that the activity belongs to. */
export function ownRun(): { readonly workflowId: string; readonly runId: string } {
  const { workflowExecution } = Context.current().info;
  if (workflowExecution === undefined) throw new TypeError('not called by a workflow');
  return workflowExecution;
}

/** In the input of every activity that may only run under the lock of the cohort. */
export interface UnderLock {
  /** The run that acquired the lock. */
  readonly lockHolderRunId: string;
}

/**
 * A run that was reset replays the lock of the run before it, and does not hold it. Only an activity
 * can tell: to the workflow both look the same.
 */
export function requireLock({ lockHolderRunId }: UnderLock): void {
  if (ownRun().runId === lockHolderRunId) return;
  throw new ExportError(
    'RunSuperseded',
    'This run was reset to a point after it had acquired the lock of its cohort. A reset releases the lock, and another export may be changing the cohort now, so this run has sent nothing. Start the export again, or reset it to its first workflow task: either one acquires the lock again.',
  );
}
