import {
  condition,
  getExternalWorkflowHandle,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { type CohortKey, cohortLockId, type LockPosition } from '../domain/cohort-lock-messages.ts';
import { shortSummary } from '../domain/short-summary.ts';
import { lockPosition, releaseLock as release } from './cohort-lock.ts';
import { runActivity } from './run-activity.ts';

/**
 * Asking again is harmless. It brings back a run whose lock was terminated by hand, or that was reset
 * while it waited, and tells those far behind their position.
 */
const ASK_AGAIN_AFTER = '5m';

interface AcquireOptions {
  readonly cohort: CohortKey;
  /** The run that continued as new to this one. */
  readonly continues?: string | undefined;
  /** Called with who holds the lock, whenever that or the position changes. */
  readonly onWaiting: (note: string) => void;
  /** Called when the history has become long; the next run takes over the place. */
  readonly onOutgrown: () => Promise<never>;
}

/** Waits for the lock of a cohort. Resolves to the id of the run that holds it then. */
export async function acquireLock(options: AcquireOptions): Promise<string> {
  const { cohort, continues, onWaiting, onOutgrown } = options;
  const { workflowId, firstExecutionRunId: exportRunId } = workflowInfo();
  // A reset hands over the signals of the run before, so only those for the run that asked count.
  const positions = new Map<string, LockPosition>();
  let asked = '';
  const position = () => positions.get(asked)?.position;
  const showPosition = () => {
    const latest = positions.get(asked);
    if (latest !== undefined && latest.position > 0) onWaiting(waitingNote(cohort, latest));
  };
  setHandler(lockPosition, (next) => {
    // A lock is kept until the end; signals may overtake each other.
    if (positions.get(next.runId)?.position === 0) return;
    positions.set(next.runId, next);
    if (next.runId === asked) showPosition();
  });
  const isHeld = () => position() === 0;
  const summary = shortSummary(`waiting for the lock of ${cohort.cohortId}`);
  while (!isHeld()) {
    asked = await runActivity('requestLock', `request the lock of ${cohort.cohortId}`, {
      cohort,
      request: { workflowId, exportRunId, continues },
    });
    showPosition();
    const isOver = () => isHeld() || workflowInfo().continueAsNewSuggested;
    await condition(isOver, ASK_AGAIN_AFTER, { summary });
    if (!isHeld() && workflowInfo().continueAsNewSuggested) await onOutgrown();
  }
  return asked;
}

/**
 * Releases the lock, or gives up the place in its line.
 * @param settleMs how long the lock waits before it passes on
 */
export async function releaseLock(cohort: CohortKey, settleMs: number): Promise<void> {
  // Not the run that acquired it: after a reset that one's requests may still be in flight.
  const { runId, taskQueue } = workflowInfo();
  try {
    const lock = getExternalWorkflowHandle(cohortLockId(taskQueue, cohort));
    await lock.signal(release, runId, settleMs);
  } catch {
    // The workflow of the lock has ended, and the lock with it.
  }
}

function waitingNote(
  { cohortId, connection }: CohortKey,
  { position, holder, settlesAt }: LockPosition,
): string {
  const ahead = position - 1;
  const others = ahead === 0 ? '' : ` and ${ahead} more ${ahead === 1 ? 'is' : 'are'} ahead`;
  const [name, is] =
    holder === workflowInfo().workflowId
      ? [`an earlier run of ${holder}`, 'is ending']
      : [`the export ${holder}`, 'holds it'];
  const what =
    settlesAt === undefined
      ? `${name} ${is}`
      : `${name} has ended, but one of its requests had no response and may be applied until ${settlesAt}`;
  return `waiting for the lock of cohort ${cohortId} (${connection}): ${what}${others}`;
}
