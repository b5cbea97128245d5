import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { type CohortOfConnection, cohortQueueId, type Turn } from '../domain/cohort-lock.ts';
import { leave, turn } from './cohort-lock.ts';
import { call } from './run-activity.ts';

/**
 * Joining again is harmless. It brings back a run whose queue was ended by hand, or that was reset
 * while it waited, and tells those far behind their place.
 */
const JOIN_AGAIN_AFTER = '5m';

interface TurnOptions {
  readonly cohort: CohortOfConnection;
  /** The run that continued as new to this one. */
  readonly continues?: string | undefined;
  /** Told who is ahead. */
  readonly onWaiting: (note: string) => void;
}

/** Waits for a run's turn on its cohort. Resolves to the id of the run whose turn it is. */
export async function takeTurn({ cohort, continues, onWaiting }: TurnOptions): Promise<string> {
  const { workflowId, firstExecutionRunId: exportRunId } = workflowInfo();
  // A reset hands over the signals of the run before, so only those for the run that joined count.
  const told = new Map<string, Turn>();
  let turnOf = '';
  const place = () => told.get(turnOf)?.ahead;
  const showPlace = () => {
    const latest = told.get(turnOf);
    if (latest !== undefined && latest.ahead > 0) onWaiting(waitingNote(cohort, latest));
  };
  setHandler(turn, (next) => {
    // A turn is kept until the end; signals may overtake each other.
    if (told.get(next.runId)?.ahead === 0) return;
    told.set(next.runId, next);
    if (next.runId === turnOf) showPlace();
  });
  do {
    turnOf = await call('joinQueue', `turn on cohort ${cohort.cohortId}`, cohort, {
      workflowId,
      exportRunId,
      continues,
    });
    showPlace();
  } while (!(await condition(() => place() === 0, JOIN_AGAIN_AFTER)));
  return turnOf;
}

/** Gives the turn, or the place in the line, back. */
export async function leaveQueue(cohort: CohortOfConnection): Promise<void> {
  // Not the run that took the turn: after a reset that one's requests may still be in flight.
  const { runId, taskQueue } = workflowInfo();
  await CancellationScope.nonCancellable(async () => {
    try {
      await getExternalWorkflowHandle(cohortQueueId(taskQueue, cohort)).signal(leave, runId);
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
  const holder =
    current === workflowInfo().workflowId
      ? `an earlier run of ${current} is ending`
      : `the export ${current} is running`;
  return `waiting for its turn on cohort ${cohortId} (${connection}): ${holder}${others}`;
}
