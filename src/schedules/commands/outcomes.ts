import { type Client, type ScheduleExecutionResult, WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';

/** How a run of a schedule went. */
export interface RunOutcome {
  readonly workflowId: string;
  /** Its nominal time, ISO 8601. */
  readonly scheduledAt: string;
  /** `running`, `completed`, `failed` …; `forgotten` where Temporal does not keep it any more. */
  readonly status: string;
  /** Of a failed one: `BrazeUnauthorized` … */
  readonly failureType: string | null;
}

export async function outcomeOfRun(
  client: Client,
  { scheduledAt, action }: ScheduleExecutionResult,
): Promise<RunOutcome> {
  const { workflowId } = action.workflow;
  // Without the run's id: a long export continues in other runs.
  const handle = client.workflow.getHandle(workflowId);
  const outcome = { workflowId, scheduledAt: scheduledAt.toISOString() };
  try {
    const { status } = await handle.describe();
    const name = status.name.toLowerCase().replaceAll('_', ' ');
    const failureType = status.name === 'FAILED' ? await failureTypeOf(handle.result()) : null;
    return { ...outcome, status: name, failureType };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return { ...outcome, status: 'forgotten', failureType: null };
  }
}

export function outcomeText({ status, failureType }: RunOutcome): string {
  return failureType === null ? status : `${status}: ${failureType}`;
}

async function failureTypeOf(result: Promise<unknown>): Promise<string | null> {
  try {
    await result;
    return null;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return error.cause instanceof ApplicationFailure ? (error.cause.type ?? null) : null;
  }
}
