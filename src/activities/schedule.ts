import { Context } from '@temporalio/activity';
import { type Client, ScheduleNotFoundError, WithStartWorkflowOperation } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import {
  COUNT_UPDATE,
  type FailedRun,
  type FailureStreak,
  SCHEDULE_FAILURES_WORKFLOW,
  type ScheduleState,
  scheduleFailuresId,
} from '../domain/schedule-pausing.ts';
import { ownRun } from './support/own-run.ts';

export interface CountFailureInput {
  readonly scheduleId: string;
  readonly failure: FailedRun;
}

export interface CountedFailure {
  /** `null` if no failure was counted so far. */
  readonly streak: FailureStreak | null;
  /** The schedule is paused already, or is gone. */
  readonly paused: boolean;
}

/** Counts a failed run of a schedule; a retry does not count it again. */
export function createCountFailure() {
  return async ({ scheduleId, failure }: CountFailureInput): Promise<CountedFailure> => {
    const { client, info } = Context.current();
    const state = await scheduleState(client, scheduleId);
    if (state === null) return { streak: null, paused: true };
    const counting = new WithStartWorkflowOperation(SCHEDULE_FAILURES_WORKFLOW, {
      workflowId: scheduleFailuresId(info.taskQueue, scheduleId),
      taskQueue: info.taskQueue,
      args: [null],
      workflowIdConflictPolicy: 'USE_EXISTING',
      staticSummary: `Counts the failures of the schedule ${scheduleId}`,
    });
    const streak = await client.workflow.executeUpdateWithStart<
      Workflow,
      FailureStreak | null,
      [FailedRun, ScheduleState]
    >(COUNT_UPDATE, {
      args: [failure, state],
      updateId: ownRun().runId,
      startWorkflowOperation: counting,
    });
    return { streak, paused: state.paused };
  };
}

async function scheduleState(client: Client, scheduleId: string): Promise<ScheduleState | null> {
  try {
    const { state, info } = await client.schedule.getHandle(scheduleId).describe();
    return { paused: state.paused, createdAt: info.createdAt.toISOString() };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

export interface CountSkippedRunsInput {
  readonly scheduleId: string;
}

/** How many runs a schedule has skipped in all, because the one before was not over; 0 if it is gone. */
export function createCountSkippedRuns() {
  return async ({ scheduleId }: CountSkippedRunsInput): Promise<number> => {
    try {
      const { info } = await Context.current().client.schedule.getHandle(scheduleId).describe();
      return info.numActionsSkippedOverlap;
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return 0;
      throw error;
    }
  };
}

export interface PauseScheduleInput {
  readonly scheduleId: string;
  readonly note: string;
}

/** Pauses a schedule with a note. Does nothing if the schedule is gone. */
export function createPauseSchedule() {
  return async ({ scheduleId, note }: PauseScheduleInput): Promise<void> => {
    try {
      await Context.current().client.schedule.getHandle(scheduleId).pause(note);
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  };
}
