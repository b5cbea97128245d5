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
} from '../domain/schedule-pausing.ts';

/** Long enough for yearly schedules; the counter of a deleted schedule ends then. */
const FORGOTTEN_AFTER = '400 days';
const FORGETTING = 'until the failures are forgotten';

const count = defineUpdate<FailureStreak | null, [FailedRun, ScheduleState]>(COUNT_UPDATE);
export const succeeded = defineSignal(SUCCEEDED_SIGNAL);
export const paused = defineSignal(PAUSED_SIGNAL);
const resumed = defineSignal(RESUMED_SIGNAL);

/**
 * Counts the consecutive failures of a schedule's runs, of all of them: Temporal itself passes the
 * last failure only to runs that the clock starts. Lives from the first failure to the next success.
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
    const isForgotten = !(await condition(next, FORGOTTEN_AFTER, { summary: FORGETTING }));
    await condition(allHandlersFinished);
    if (isOver || isForgotten) return;
    if (workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof scheduleFailures>(streak);
    }
  }
}

function describe(streak: FailureStreak | null): string {
  if (streak === null) return 'No consecutive failures.';
  const { failures, since, last } = streak;
  const runs = failures === 1 ? '1 run' : `${failures} consecutive runs`;
  return `${runs} failed in a way that retrying cannot fix, from ${since} to ${last}.${streak.paused ? ' The schedule was paused.' : ''}`;
}
