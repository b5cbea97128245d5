import { Context, log } from '@temporalio/activity';
import { isPermissionDenied } from '../../temporal/explain.ts';
import { isOpen } from '../../temporal/export-status.ts';

/** Of Temporal's `PendingActivityState`: an activity whose cancel was requested has another. */
const PENDING_ACTIVITY_STATE_STARTED = 2;

/** A waiting activity: well below its heartbeat timeout, and few enough to cost little. */
const WAITING_INTERVAL_MS = 22_000;
/** A cancel should be noticed within seconds; reading from Temporal shows it too. */
const LOOK_EVERY_MS = 2_000;
const LOOK_TIMEOUT_MS = 3_000;
/** If a single look fails, the next one makes up for it. */
const LOOKS_TO_FAIL = 2;

/** Heartbeats at an interval, with the current details. */
function startHeartbeats(details: () => unknown, everyMs: number): Disposable {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details()), everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/**
 * The same for an activity that waits for a long time. Temporal Cloud bills each heartbeat but not a
 * read, so this reads to look for a cancel; a heartbeat then fetches it. Where it cannot read, it
 * heartbeats as often as it would have read.
 */
export function startWaitingHeartbeats(details: () => unknown): Disposable {
  const context = Context.current();
  const heartbeats = startHeartbeats(details, WAITING_INTERVAL_MS);
  let isLooking = false;
  let isOver = false;
  let failedLooks = 0;
  let isWarned = false;
  const look = async () => {
    if (context.cancellationSignal.aborted) return;
    if (failedLooks >= LOOKS_TO_FAIL) context.heartbeat(details());
    if (isLooking) return;
    isLooking = true;
    try {
      const wanted = await isWanted(context);
      failedLooks = 0;
      if (!wanted && !isOver) context.heartbeat(details());
    } catch (error) {
      const isDenied = isPermissionDenied(error);
      failedLooks = isDenied ? LOOKS_TO_FAIL : failedLooks + 1;
      if (isOver || isWarned || failedLooks < LOOKS_TO_FAIL) return;
      isWarned = true;
      log.warn(cannotLook(isDenied));
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  return {
    [Symbol.dispose]: () => {
      isOver = true;
      clearInterval(timer);
      heartbeats[Symbol.dispose]();
    },
  };
}

function cannotLook(isDenied: boolean): string {
  const reason = isDenied
    ? 'this worker may not describe workflows'
    : 'describing the workflow keeps failing';
  const cure = isDenied
    ? 'Allow the identity of the worker to call DescribeWorkflowExecution in the namespace'
    : 'If this continues, check the connection to Temporal and the request limit of the namespace';
  const [often, seldom] = [LOOK_EVERY_MS / 1_000, WAITING_INTERVAL_MS / 1_000];
  return `${reason}, so to notice a cancel this activity heartbeats every ${often} s instead of every ${seldom} s; Temporal Cloud bills each heartbeat. ${cure}.`;
}

async function isWanted({ client, info }: Context): Promise<boolean> {
  const { workflowId, runId } = info.workflowExecution ?? {};
  if (workflowId === undefined) return true;
  const { raw, status } = await client.withDeadline(Date.now() + LOOK_TIMEOUT_MS, () =>
    client.workflow.getHandle(workflowId, runId).describe(),
  );
  const own = raw.pendingActivities?.find(({ activityId }) => activityId === info.activityId);
  return (
    isOpen(status.name) &&
    own?.state === PENDING_ACTIVITY_STATE_STARTED &&
    own.attempt === info.attempt
  );
}
