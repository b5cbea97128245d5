import { type Client, type ScheduleExecutionResult, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';

/** How a run of a schedule went. */
export interface RunOutcome {
  readonly workflowId: string;
  /** Its scheduled time, ISO 8601. */
  readonly scheduledAt: string;
  /** When the schedule started it, ISO 8601: later than scheduled in a backfill or after an outage. */
  readonly startedAt: string;
  /** `running`, `completed`, `failed` …; `forgotten` if Temporal does not keep it any more. */
  readonly status: string;
  /** Of a failed run: `BrazeUnauthorized` … */
  readonly failureType: string | null;
  readonly failureMessage: string | null;
}

const NO_FAILURE = { failureType: null, failureMessage: null };

export async function outcomeOfRun(
  client: Client,
  { scheduledAt, takenAt, action }: ScheduleExecutionResult,
): Promise<RunOutcome> {
  const { workflowId } = action.workflow;
  // Without the run's id: a long export continues in other runs.
  const handle = client.workflow.getHandle(workflowId);
  const run = {
    workflowId,
    scheduledAt: scheduledAt.toISOString(),
    startedAt: takenAt.toISOString(),
  };
  try {
    const { status } = await handle.describe();
    const failure = status.name === 'FAILED' ? await failureOf(handle.result()) : NO_FAILURE;
    return { ...run, status: status.name.toLowerCase().replaceAll('_', ' '), ...failure };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return { ...run, status: 'forgotten', ...NO_FAILURE };
  }
}

export function outcomeText({ status, failureType }: RunOutcome): string {
  return failureType === null ? status : `${status}: ${failureType}`;
}

async function failureOf(result: Promise<unknown>) {
  try {
    await result;
    return NO_FAILURE;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    return {
      failureType: cause instanceof ApplicationFailure ? (cause.type ?? null) : null,
      failureMessage: cause?.message ?? null,
    };
  }
}
