import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  type ApplicationFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  type SignalDefinition,
  workflowInfo,
} from '@temporalio/workflow';
import type { CountedFailure } from '../activities/schedule.ts';
import { fieldsOf } from '../domain/problems.ts';
import type { ExportReport } from '../domain/report.ts';
import type { RunEvent, RunOfEvent } from '../domain/run-events.ts';
import {
  type AppliedSchedule,
  mustPause,
  pausedNote,
  SCHEDULE_MEMO,
  scheduleFailuresId,
} from '../domain/schedule-pausing.ts';
import { bestEffort, runActivity } from './run-activity.ts';
import { paused as pausedSignal, succeeded } from './schedule-failures.ts';

/** Labels of the activity: the name of an event alone reads as how the notification went. */
const TITLES: Readonly<Record<RunEvent['event'], string>> = {
  failed: 'the export failed',
  degraded: 'rows were rejected',
  paused: 'the schedule is paused',
  exportPaused: 'the export is paused',
  skipped: 'runs were skipped',
  recovered: 'the export succeeded again',
};

/** Set by Temporal on the runs of a schedule. */
const SCHEDULED_BY = defineSearchAttributeKey('TemporalScheduledById', SearchAttributeType.KEYWORD);

/** Notifies of rejected rows, and of the first success after failures. */
export async function afterSuccess(input: unknown, { rows }: ExportReport): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    const run = runOf(input);
    const { scheduleId } = run;
    // A counter exists only if earlier runs failed.
    const recovered = scheduleId !== null && (await tellCounter(scheduleId, succeeded));
    if (recovered) await notify({ event: 'recovered', run, rows });
    if (rows.rejected > 0) await notify({ event: 'degraded', run, rows });
  });
}

/** Notifies of an export that waits until it is resumed. */
export async function afterPause(input: object, note: string): Promise<void> {
  await notify({ event: 'exportPaused', run: runOf(input), note });
}

/** Notifies of runs that the schedule skipped while this one was paused. */
export async function afterSkippedRuns(input: object, runs: number): Promise<void> {
  await notify({ event: 'skipped', run: runOf(input), runs });
}

/** The schedule that started this run, or `null`. */
export function scheduleIdOf(): string | null {
  return workflowInfo().typedSearchAttributes.get(SCHEDULED_BY) ?? null;
}

/** Notifies of a failure, and pauses the schedule after too many. */
export async function afterFailure(input: unknown, failure: ApplicationFailure): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    const run = runOf(input);
    const { scheduleId } = run;
    const { message } = failure;
    const type = failure.type ?? 'unknown';
    const counted = scheduleId === null ? null : await countFailure(scheduleId, type);
    const streak = counted?.streak ?? null;
    const limit = pauseAfterFailures();
    await notify({
      event: 'failed',
      run,
      failure: { type, message },
      streak,
      pauseAfterFailures: limit === 0 ? null : limit,
    });
    if (scheduleId === null || streak === null || counted === null) return;
    if (!mustPause(type, streak, limit, counted)) return;
    const note = pausedNote(scheduleId, streak, { type, message });
    if (await pause(scheduleId, note)) await notify({ event: 'paused', run, note });
  });
}

/** A schedule that `npm run schedule` did not make is never paused. */
function pauseAfterFailures(): number {
  const applied = workflowInfo().memo?.[SCHEDULE_MEMO] as AppliedSchedule | undefined;
  return applied?.pauseAfterFailures ?? 0;
}

async function countFailure(scheduleId: string, type: string): Promise<CountedFailure | null> {
  const at = new Date().toISOString();
  return await bestEffort('the failure was not counted towards pauseAfterFailures', () =>
    runActivity('countFailure', `count the failure of ${scheduleId}`, {
      scheduleId,
      failure: { type, at },
    }),
  );
}

/** False if no failure was counted since the last success. */
async function tellCounter(scheduleId: string, what: SignalDefinition): Promise<boolean> {
  const id = scheduleFailuresId(workflowInfo().taskQueue, scheduleId);
  try {
    await getExternalWorkflowHandle(id).signal(what);
    return true;
  } catch {
    return false;
  }
}

async function pause(scheduleId: string, note: string): Promise<boolean> {
  const paused = await bestEffort(
    'the schedule could not be paused; the next failure tries again',
    async () => {
      await runActivity('pauseSchedule', `pause the schedule ${scheduleId}`, { scheduleId, note });
      return true;
    },
  );
  if (paused) await tellCounter(scheduleId, pausedSignal);
  return paused ?? false;
}

/** Never the reason for an export's failure. */
async function notify(event: RunEvent): Promise<void> {
  const at = new Date().toISOString();
  await bestEffort(`the notification "${event.event}" was not delivered`, () =>
    runActivity('notify', `notification: ${TITLES[event.event]}`, { event, at }),
  );
}

/** @param input the export as it was checked; as it was typed where it is not valid */
function runOf(input: unknown): RunOfEvent {
  const { namespace, workflowId, runId } = workflowInfo();
  const fields = fieldsOf(input);
  const text = (name: string) => {
    const value = fields[name];
    return typeof value === 'string' ? value : null;
  };
  return {
    namespace,
    workflowId,
    runId,
    scheduleId: scheduleIdOf(),
    cohortId: text('cohortId'),
    destination: text('destination'),
    connection: text('connection'),
    operation: text('operation'),
  };
}
