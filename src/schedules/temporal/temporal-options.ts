import {
  type ScheduleDescription,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { runSummary } from '../../domain/run-summary.ts';
import { type AppliedSchedule, SCHEDULE_MEMO } from '../../domain/schedule-pausing.ts';
import { shortSummary } from '../../domain/short-summary.ts';
import { temporalCalendars } from '../cron/calendars.ts';
import { findTimeZone } from '../cron/find-time-zone.ts';
import { parseCron } from '../cron/parse.ts';
import type { CronSchedule } from '../cron/schedule.ts';
import { TimeZone } from '../cron/time-zone.ts';
import { spanMs } from '../schedule-file.ts';
import { WORKFLOW_TYPE } from './find-schedule.ts';

export type TemporalOptions = Omit<
  ScheduleOptions<ScheduleOptionsStartWorkflowAction<Workflow>>,
  'scheduleId' | 'state'
>;

/** A schedule as Temporal gets it; `input` is the export as it was written. */
export function temporalOptions(
  settings: AppliedSchedule,
  schedule: CronSchedule,
  input: unknown,
  taskQueue: string,
): TemporalOptions {
  const { scheduleId, cron, timezone, overlap, catchupWindow } = settings;
  const summary = runSummary(input);
  const when = cron === '' ? 'only by hand' : `\`${cron}\` ${timezone}`;
  return {
    // Never the expression itself: in Temporal's own cron strings it means something else.
    spec: { calendars: temporalCalendars(schedule), timezone },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPE,
      workflowId: scheduleId,
      taskQueue,
      args: [input],
      memo: { [SCHEDULE_MEMO]: settings },
      staticSummary: shortSummary(summary === null ? when : `${summary} · ${when}`),
    },
    policies: {
      overlap: overlap === 'skip' ? ScheduleOverlapPolicy.SKIP : ScheduleOverlapPolicy.BUFFER_ONE,
      catchupWindow: spanMs(catchupWindow) ?? 0,
      // The runs pause it themselves, as pauseAfterFailures says.
      pauseOnFailure: false,
    },
  };
}

/** What a schedule was applied with, read back from it. */
export interface AppliedSettings {
  readonly settings: AppliedSchedule;
  readonly schedule: CronSchedule;
  readonly zone: TimeZone;
}

/** `null` for a schedule that was not created by `apply`. */
export function readApplied({ action }: ScheduleDescription): AppliedSettings | null {
  const settings = action.memo?.[SCHEDULE_MEMO] as Partial<AppliedSchedule> | undefined;
  if (typeof settings?.cron !== 'string' || typeof settings.timezone !== 'string') return null;
  const { schedule } = parseCron(settings.cron);
  const { zone } = findTimeZone(settings.timezone);
  if (schedule === null || zone === null) return null;
  return { settings: settings as AppliedSchedule, schedule, zone };
}

/** The zone that Temporal uses; UTC if this Node does not know it. */
export function zoneOf({ spec }: Pick<ScheduleDescription, 'spec'>): TimeZone {
  return findTimeZone(spec.timezone || 'UTC').zone ?? new TimeZone('UTC');
}
