import {
  CancellationScope,
  CancelledFailure,
  makeContinueAsNewFunc,
  workflowInfo,
} from '@temporalio/workflow';
import type { SentRequest } from '../domain/export-input.ts';
import type { Pause } from '../domain/pausing.ts';
import type { StagedRows } from '../domain/staging-port.ts';
import type { SentTotals } from './export-state.ts';

/** What a run that continues as new passes to the next, as a second argument. */
export type Continuation = Waiting | Sending;

interface Continued {
  /** The run that continued: later runs of a cron workflow get the same arguments. */
  readonly runId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** It was waiting for the lock. */
interface Waiting extends Continued {
  readonly stage: 'waiting';
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
  readonly note: string;
}

/** It was sending, and keeps the lock. */
export interface Sending extends Continued {
  readonly stage: 'sending';
  readonly request: SentRequest;
  readonly staged: StagedRows;
  readonly warnings: readonly string[];
  readonly sent: SentTotals;
  readonly pause: Pause | null;
}

/** What the run before passed to this one; `null` where this one does not continue another. */
export function continuationOf(argument: unknown): Continuation | null {
  const { continuedFromExecutionRunId } = workflowInfo();
  return isOwn(argument) && argument.runId === continuedFromExecutionRunId ? argument : null;
}

/** Whether a second argument was passed by a run, and not typed. */
export function isOwn(argument: unknown): argument is Continuation {
  return workflowInfo().continuedFromExecutionRunId !== undefined && argument !== undefined;
}

/** Continues the export in a new run. */
export async function continueWith(
  input: unknown,
  continuation: Omit<Waiting, 'runId'> | Omit<Sending, 'runId'>,
): Promise<never> {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled');
  const { runId, memo = {} } = workflowInfo();
  // Temporal carries over search attributes, but no memo.
  const continueAsNew = makeContinueAsNewFunc({ memo });
  return await continueAsNew(input, { ...continuation, runId });
}
