import {
  type ScheduleDescription,
  ScheduleNotFoundError,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { CommandError } from '../../command-line/output.ts';
import { type AppliedSchedule, SCHEDULE_MEMO } from '../../domain/schedule-runs.ts';
import { temporalCalendars } from '../cron/calendars.ts';
import { findTimeZone } from '../cron/find-time-zone.ts';
import { parseCron } from '../cron/parse.ts';
import type { CronSchedule } from '../cron/schedule.ts';
import { TimeZone } from '../cron/time-zone.ts';
import { spanMs } from '../schedule-file.ts';
import type { Temporal } from './with-temporal.ts';

export const WORKFLOW_TYPE = 'exportCohort';
/** The Web UI shows it in a line. */
const SUMMARY_MAX = 150;

export type TemporalOptions = Omit<
  ScheduleOptions<ScheduleOptionsStartWorkflowAction<Workflow>>,
  'scheduleId' | 'state'
>;

/** What Temporal is told of a schedule; `input` is the export as it was written. */
export function temporalOptions(
  settings: AppliedSchedule,
  schedule: CronSchedule,
  input: unknown,
  taskQueue: string,
): TemporalOptions {
  const { scheduleId, cron, timezone, overlap, catchupWindow } = settings;
  const when = cron === '' ? 'only by hand' : `\`${cron}\` ${timezone}`;
  return {
    // Never the text: Temporal's own cron strings mean something else.
    spec: { calendars: temporalCalendars(schedule), timezone },
    action: {
      type: 'startWorkflow',
      workflowType: WORKFLOW_TYPE,
      workflowId: scheduleId,
      taskQueue,
      args: [input],
      memo: { [SCHEDULE_MEMO]: settings },
      staticSummary: when.length > SUMMARY_MAX ? `by the schedule ${timezone}` : when,
    },
    policies: {
      overlap: overlap === 'skip' ? ScheduleOverlapPolicy.SKIP : ScheduleOverlapPolicy.BUFFER_ONE,
      catchupWindow: spanMs(catchupWindow) ?? 0,
      // The runs pause it themselves, after so many failures as it was applied with.
      pauseOnFailure: false,
    },
  };
}

/** What a schedule was applied with, read back. */
export interface AppliedSettings {
  readonly settings: AppliedSchedule;
  readonly schedule: CronSchedule;
  readonly zone: TimeZone;
}

/** `null` for a schedule that was made by other means than `apply`. */
export function readApplied({ action }: ScheduleDescription): AppliedSettings | null {
  const settings = action.memo?.[SCHEDULE_MEMO] as Partial<AppliedSchedule> | undefined;
  if (typeof settings?.cron !== 'string' || typeof settings.timezone !== 'string') return null;
  const { schedule } = parseCron(settings.cron);
  const { zone } = findTimeZone(settings.timezone);
  if (schedule === null || zone === null) return null;
  return { settings: settings as AppliedSchedule, schedule, zone };
}

/** The zone that Temporal counts in; UTC where this Node does not know it. */
export function zoneOf({ spec }: Pick<ScheduleDescription, 'spec'>): TimeZone {
  return findTimeZone(spec.timezone || 'UTC').zone ?? new TimeZone('UTC');
}

/** `null` where there is none. */
export async function findSchedule(
  { client }: Temporal,
  scheduleId: string,
): Promise<ScheduleDescription | null> {
  try {
    return await client.schedule.getHandle(scheduleId).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/**
 * A schedule of exports, however it was made.
 * @throws CommandError, ScheduleNotFoundError
 */
export async function describeExports(
  { client }: Temporal,
  scheduleId: string,
): Promise<ScheduleDescription> {
  const description = await client.schedule.getHandle(scheduleId).describe();
  refuseOthers(description);
  return description;
}

/** @throws CommandError for a schedule that starts something else. */
export function refuseOthers({ scheduleId, action }: ScheduleDescription): void {
  if (action.workflowType === WORKFLOW_TYPE) return;
  throw new CommandError(
    1,
    `The schedule "${scheduleId}" starts the workflow ${action.workflowType}, not ${WORKFLOW_TYPE}: it is not of this project, and was left as it is. npm run temporal -- schedule --help`,
  );
}

/** How many runs wait for the one under way. */
export function bufferSize({ raw }: ScheduleDescription): number {
  return Number(raw.info?.bufferSize ?? 0);
}
