import { Context } from '@temporalio/activity';
import { ExportError } from '../domain/failures.ts';

/** The run that the activity belongs to. */
export function ownRunId(): string {
  const { workflowExecution } = Context.current().info;
  if (workflowExecution === undefined) throw new TypeError('not called by a workflow');
  return workflowExecution.runId;
}

/**
 * A run that was reset replays the turn of the run before it, and holds none. Only an activity can
 * tell: to the workflow both look the same.
 * @param turnOf the run that took the turn
 */
export function requireTurn(turnOf: string): void {
  if (ownRunId() === turnOf) return;
  throw new ExportError(
    'StagingFailed',
    'This run was reset to a point after it had taken its turn on the cohort. A reset gives the turn back, and another export may be changing the cohort now, so this run has sent nothing. Start the export again, or reset it to its first workflow task: both take a new turn.',
  );
}
