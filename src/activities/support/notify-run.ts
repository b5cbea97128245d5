import { type ApplicationFailure, Context, log } from '@temporalio/activity';
import {
  ATTEMPT_FAILED_SIGNAL,
  type FailedAttempt,
  isNotified,
} from '../../domain/failed-attempt.ts';
import { ownRun } from './own-run.ts';

/** The failure itself has to reach Temporal soon. */
const WITHIN_MS = 3_000;

/**
 * Notifies the run of an attempt that failed and is made again, for its details in the Web UI: a
 * workflow hears nothing of attempts. Never the reason for another failure.
 */
export async function notifyRun(failure: ApplicationFailure): Promise<void> {
  const { client, info } = Context.current();
  if (failure.nonRetryable || !isNotified(info.attempt)) return;
  const now = Date.now();
  const { nextRetryDelay } = failure;
  const failed: FailedAttempt = {
    activity: info.activityType,
    attempt: info.attempt,
    message: failure.message,
    at: new Date(now).toISOString(),
    nextAt:
      typeof nextRetryDelay === 'number' ? new Date(now + nextRetryDelay).toISOString() : null,
  };
  const { workflowId, runId } = ownRun();
  try {
    await client.withDeadline(now + WITHIN_MS, () =>
      client.workflow.getHandle(workflowId, runId).signal(ATTEMPT_FAILED_SIGNAL, failed),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    log.warn('the details of the run do not show the failed attempt', { reason });
  }
}
