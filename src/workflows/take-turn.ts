import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { type CohortOfConnection, cohortQueueId, type Turn } from '../domain/cohort-queue.ts';
import { call } from './activities.ts';
import { leave, turn } from './cohort-queue.ts';

/** Joining again is harmless, and brings back an export whose queue was ended by hand. */
const JOIN_AGAIN_AFTER = '5m';

/** Waits for an export's turn on its cohort; `onWaiting` is told who is ahead. */
export async function takeTurn(
  cohort: CohortOfConnection,
  onWaiting: (note: string) => void,
): Promise<void> {
  const { workflowId, firstExecutionRunId: exportRunId } = workflowInfo();
  let place: Turn | null = null;
  setHandler(turn, (next) => {
    // The workflow id may be that of an earlier export, whose turn this was.
    if (next.exportRunId !== exportRunId) return;
    place = next;
    if (next.ahead > 0) onWaiting(waitingNote(cohort, next));
  });
  const isMine = () => place?.ahead === 0;
  do {
    await call('joinQueue', `turn on cohort ${cohort.cohortId}`, cohort, {
      workflowId,
      exportRunId,
    });
  } while (!(await condition(isMine, JOIN_AGAIN_AFTER)));
}

/** Gives the turn, or the place in the line, back. */
export async function leaveQueue(cohort: CohortOfConnection): Promise<void> {
  const { firstExecutionRunId, taskQueue } = workflowInfo();
  await CancellationScope.nonCancellable(async () => {
    try {
      await getExternalWorkflowHandle(cohortQueueId(taskQueue, cohort)).signal(
        leave,
        firstExecutionRunId,
      );
    } catch {
      // The queue is over, so there is nothing to leave.
    }
  });
}

function waitingNote(
  { cohortId, connection }: CohortOfConnection,
  { ahead, current }: Turn,
): string {
  const others = ahead === 1 ? '' : ` and ${ahead - 1} more ${ahead === 2 ? 'is' : 'are'} ahead`;
  return `waiting for its turn on cohort ${cohortId} (${connection}): the export ${current} is running${others}`;
}
