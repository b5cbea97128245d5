import { Context } from '@temporalio/activity';

/** Of Temporal's `PendingActivityState`: an activity whose cancel was requested has another. */
const PENDING_ACTIVITY_STATE_STARTED = 2;

/** A waiting activity: well below its heartbeat timeout, and few enough to cost little. */
const WAITING_INTERVAL_MS = 22_000;
/** A cancel should be noticed within seconds; reading from Temporal shows it too. */
const LOOK_EVERY_MS = 2_000;

/** Heartbeats at an interval, with the current details. */
export function startHeartbeats(details: () => unknown, everyMs: number): Disposable {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details()), everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/**
 * The same for an activity that waits for a long time. Temporal Cloud bills each heartbeat but not a
 * read, so this reads to look for a cancel; a heartbeat then fetches it.
 */
export function startWaitingHeartbeats(details: () => unknown): Disposable {
  const context = Context.current();
  const heartbeats = startHeartbeats(details, WAITING_INTERVAL_MS);
  let isLooking = false;
  const look = async () => {
    if (isLooking || context.cancellationSignal.aborted) return;
    isLooking = true;
    try {
      if (!(await isWanted(context))) context.heartbeat(details());
    } catch {
      // Temporal cannot be reached: the next look or heartbeat tries again.
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      heartbeats[Symbol.dispose]();
    },
  };
}

async function isWanted({ client, info }: Context): Promise<boolean> {
  const { workflowId, runId } = info.workflowExecution ?? {};
  if (workflowId === undefined) return true;
  const { raw, status } = await client.workflow.getHandle(workflowId, runId).describe();
  const own = raw.pendingActivities?.find(({ activityId }) => activityId === info.activityId);
  return (
    status.name === 'RUNNING' &&
    own?.state === PENDING_ACTIVITY_STATE_STARTED &&
    own.attempt === info.attempt
  );
}
