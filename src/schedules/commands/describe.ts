import type { ScheduleDescription } from '@temporalio/client';
import ms from 'ms';
import { stringify } from 'yaml';
import type { CommandLine, Place } from '../../command-line/command.ts';
import type { Output } from '../../command-line/output.ts';
import { listed, shellWord, table } from '../../command-line/text.ts';
import { describeSchedule } from '../cron/describe.ts';
import { isoText } from '../cron/time-text.ts';
import type { TimeZone } from '../cron/time-zone.ts';
import { bufferSize, describeExports } from '../temporal/find-schedule.ts';
import { outcomeOfRun, outcomeText, type RunOutcome } from '../temporal/run-outcome.ts';
import { differences } from '../temporal/schedule-differences.ts';
import { specText } from '../temporal/schedule-spec-text.ts';
import {
  type AppliedSettings,
  readApplied,
  temporalOptions,
  zoneOf,
} from '../temporal/temporal-options.ts';
import { withTemporal } from '../temporal/with-temporal.ts';
import { cellsOfTime, NEXT_RUNS, timeHeadings, timeTable } from './run-table.ts';

export async function run({ operand }: CommandLine, output: Output, place: Place): Promise<void> {
  await withTemporal(place, async (temporal) => {
    const description = await describeExports(temporal, operand);
    const { recentActions } = description.info;
    const recent = await Promise.all(
      recentActions.map((action) => outcomeOfRun(temporal.client, action)),
    );
    const applied = readApplied(description);
    const byHand = applied === null ? [] : changedByHand(description, applied);
    print(description, applied, recent.toReversed(), output);
    if (byHand.length > 0) {
      output.warn(
        `The schedule was changed in Temporal by hand: ${listed(byHand)}. To revert that, apply its file again.`,
      );
    }
    output.document(asDocument(description, applied, recent.toReversed(), byHand));
  });
}

/** The settings that are not those it was applied with. */
function changedByHand(description: ScheduleDescription, applied: AppliedSettings): string[] {
  const { action } = description;
  const { settings, schedule } = applied;
  const wanted = temporalOptions(settings, schedule, action.args?.[0], action.taskQueue);
  return differences(description, wanted).map(({ field }) => field);
}

function print(
  description: ScheduleDescription,
  applied: AppliedSettings | null,
  recent: readonly RunOutcome[],
  output: Output,
): void {
  const { scheduleId, state, action, info } = description;
  output.line(scheduleId);
  const waiting = bufferSize(description);
  const running = info.runningActions.map(({ workflow }) => workflow.workflowId);
  output.lines(
    table([
      ...whenRows(description, applied),
      ['state', state.paused ? 'paused' : 'active'],
      ...(state.note ? [['note', state.note]] : []),
      ['task queue', action.taskQueue],
      ['running now', running.join(', ') || 'nothing'],
      ...(waiting > 0 ? [['queued', `${waiting} or more`]] : []),
      ['totals', countsText(info)],
    ]),
  );
  const next = info.nextActionTimes.slice(0, NEXT_RUNS).map((date) => date.getTime());
  if (next.length > 0) {
    output.line(`\nUpcoming runs${state.paused ? ' (skipped while paused)' : ''}`);
    output.lines(timeTable(next, zoneOf(description)));
  }
  output.line('\nRecent runs and their scheduled times');
  output.lines(runLines(recent, zoneOf(description)));
  output.line('\nExport');
  output.lines(exportText(action.args).map((line) => `  ${line}`));
  if (state.paused)
    output.line(`\nTo resume it: npm run schedule -- resume ${shellWord(scheduleId)}`);
}

/** A row for each run; below a failed one its message, unless the row above has the same. */
function runLines(recent: readonly RunOutcome[], zone: TimeZone): string[] {
  if (recent.length === 0) return ['  none yet'];
  const rows = recent.map((run) => [
    run.workflowId,
    ...cellsOfTime(Date.parse(run.scheduledAt), zone),
    outcomeText(run),
  ]);
  const [headings = '', ...lines] = table([
    ['workflow id', ...timeHeadings(zone), 'outcome'],
    ...rows,
  ]);
  const withMessages = lines.flatMap((line, index) => {
    const message = recent[index]?.failureMessage ?? null;
    const isRepeated = message === recent[index - 1]?.failureMessage;
    return message === null || isRepeated ? [line] : [line, ...indented(message)];
  });
  return [headings, ...withMessages];
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `      ${line}`);
}

function whenRows(
  { spec, policies }: ScheduleDescription,
  applied: AppliedSettings | null,
): string[][] {
  if (applied === null) {
    return [
      ['cron', 'none: not created by apply'],
      ['runs', specText(spec)],
      ['time zone', spec.timezone || 'UTC'],
      ['overlap', `${policies.overlap}`],
      ['catch-up window', ms(policies.catchupWindow)],
    ];
  }
  const { cron, timezone, overlap, catchupWindow, pauseAfterFailures } = applied.settings;
  return [
    ['cron', cron === '' ? '""' : cron],
    ['runs', describeSchedule(applied.schedule)],
    ['time zone', timezone],
    ['overlap', overlap],
    ['catch-up window', catchupWindow],
    [
      'pauses after',
      pauseAfterFailures === 0 ? 'never' : `${pauseAfterFailures} failures in a row`,
    ],
  ];
}

function countsText(info: ScheduleDescription['info']): string {
  const { numActionsTaken, numActionsSkippedOverlap, numActionsMissedCatchupWindow } = info;
  return `${numActionsTaken} started, ${numActionsSkippedOverlap} skipped by overlap, ${numActionsMissedCatchupWindow} missed (later than the catch-up window)`;
}

function exportText(args: readonly unknown[] | undefined): string[] {
  const [input, ...more] = args ?? [];
  const value = more.length === 0 ? input : args;
  return stringify(value ?? null, { lineWidth: 0 })
    .trimEnd()
    .split('\n');
}

function asDocument(
  description: ScheduleDescription,
  applied: AppliedSettings | null,
  recent: readonly RunOutcome[],
  changedByHand: readonly string[],
) {
  const { scheduleId, state, action, info, spec, policies } = description;
  const settings = applied?.settings;
  return {
    scheduleId,
    cron: settings?.cron ?? null,
    runs: applied === null ? specText(spec) : describeSchedule(applied.schedule),
    timezone: settings?.timezone ?? (spec.timezone || 'UTC'),
    overlap: settings?.overlap ?? policies.overlap,
    catchupWindow: settings?.catchupWindow ?? ms(policies.catchupWindow),
    pauseAfterFailures: settings?.pauseAfterFailures ?? null,
    taskQueue: action.taskQueue,
    paused: state.paused,
    note: state.note || null,
    changedByHand,
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
    waiting: bufferSize(description),
    started: info.numActionsTaken,
    skippedByOverlap: info.numActionsSkippedOverlap,
    missed: info.numActionsMissedCatchupWindow,
    nextRuns: info.nextActionTimes.slice(0, NEXT_RUNS).map((date) => isoText(date.getTime())),
    recentRuns: recent,
    export: action.args?.[0] ?? null,
  };
}
