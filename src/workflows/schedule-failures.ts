import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  COUNT_UPDATE,
  type FailedRun,
  type FailureStreak,
  PAUSED_SIGNAL,
  RESUMED_SIGNAL,
  type ScheduleState,
  SUCCEEDED_SIGNAL,
  streakAfter,
} from '../domain/schedule-runs.ts';

/** Yearly schedules are remembered; what is left behind by a deleted one goes away. */
const FORGOTTEN_AFTER = '400 days';

const count = defineUpdate<FailureStreak | null, [FailedRun, ScheduleState]>(COUNT_UPDATE);
export const succeeded = defineSignal(SUCCEEDED_SIGNAL);
export const paused = defineSignal(PAUSED_SIGNAL);
const resumed = defineSignal(RESUMED_SIGNAL);

/**
 * Remembers how often a schedule's runs have failed in a row, over all of them: Temporal itself hands
 * the failure of the last run only to those that the clock starts. Lives from the first failure to the
 * next success.
 */
export async function scheduleFailures(before: FailureStreak | null = null): Promise<void> {
  let streak = before;
  let isOver = false;
  let events = 0;
  const heard = () => {
    events += 1;
    setCurrentDetails(describe(streak));
  };
  setHandler(count, (failure, schedule) => {
    streak = streakAfter(streak, failure, schedule);
    isOver = false;
    heard();
    return streak;
  });
  setHandler(paused, () => {
    if (streak !== null) streak = { ...streak, paused: true };
    heard();
  });
  setHandler(resumed, () => {
    streak = null;
    heard();
  });
  setHandler(succeeded, () => {
    streak = null;
    isOver = true;
  });
  for (;;) {
    const seen = events;
    const next = () => isOver || events > seen || workflowInfo().continueAsNewSuggested;
    const isForgotten = !(await condition(next, FORGOTTEN_AFTER));
    await condition(allHandlersFinished);
    if (isOver || isForgotten) return;
    if (workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof scheduleFailures>(streak);
    }
  }
}

function describe(streak: FailureStreak | null): string {
  if (streak === null) return 'Nothing counts at the moment.';
  const { failures, since, last } = streak;
  return `${failures} runs in a row failed in a way that no retry cures, from ${since} to ${last}.${streak.paused ? ' The schedule was paused for it.' : ''}`;
}
