import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  type ApplicationFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  log,
  type SignalDefinition,
  workflowInfo,
} from '@temporalio/workflow';
import type { CountedFailure } from '../activities/count-failure.ts';
import type { ExportReport } from '../domain/report.ts';
import type { RunEvent, RunOfEvent } from '../domain/run-events.ts';
import {
  type AppliedSchedule,
  mustPause,
  pausedNote,
  SCHEDULE_MEMO,
  scheduleFailuresId,
} from '../domain/schedule-runs.ts';
import { call } from './run-activity.ts';
import { paused, succeeded } from './schedule-failures.ts';

/** Set by Temporal on the runs of a schedule. */
const SCHEDULED_BY = defineSearchAttributeKey('TemporalScheduledById', SearchAttributeType.KEYWORD);

/** Tells of rows that were rejected, and of the end of failures. */
export async function afterSuccess(input: unknown, { rows }: ExportReport): Promise<void> {
  const run = describeRun(input);
  const { scheduleId } = run;
  // There is somebody to tell only where runs before this one failed.
  const recovered = scheduleId !== null && (await tellCounter(scheduleId, succeeded));
  if (recovered) await notify({ event: 'recovered', run, rows });
  if (rows.rejected > 0) await notify({ event: 'degraded', run, rows });
}

/** Tells of a failure, and pauses the schedule where it was one too many. */
export async function afterFailure(input: unknown, failure: ApplicationFailure): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    const run = describeRun(input);
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
  try {
    const at = new Date().toISOString();
    return await call('countFailure', scheduleId, scheduleId, { type, at });
  } catch {
    log.warn('the failure was not counted towards pauseAfterFailures');
    return null;
  }
}

/** False where no failure was counted since the last success. */
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
  try {
    await call('pauseSchedule', scheduleId, scheduleId, note);
    await tellCounter(scheduleId, paused);
    return true;
  } catch {
    log.warn('the schedule could not be paused; the next failure tries again');
    return false;
  }
}

/** Never the reason for an export's failure. */
async function notify(event: RunEvent): Promise<void> {
  try {
    await call('notify', event.event, event, new Date().toISOString());
  } catch {
    log.warn('the notification was not delivered', { event: event.event });
  }
}

function describeRun(input: unknown): RunOfEvent {
  const { namespace, workflowId, runId, typedSearchAttributes } = workflowInfo();
  const scheduleId = typedSearchAttributes.get(SCHEDULED_BY) ?? null;
  const typed = (input ?? {}) as Record<string, unknown>;
  const text = (name: string) => {
    const value = typed[name];
    return typeof value === 'string' ? value : null;
  };
  return {
    namespace,
    workflowId,
    runId,
    scheduleId,
    cohortId: text('cohortId'),
    // The default of src/domain/export-input.ts, whose checks are not for a workflow.
    connection: text('connection') ?? 'main',
    operation: text('operation'),
  };
}
