import type { ScheduleDescription } from '@temporalio/client';
import ms from 'ms';
import { stringify } from 'yaml';
import type { CommandLine } from '../../command-line/command.ts';
import { type Output, shellWord, table } from '../../command-line/output.ts';
import { describeSchedule } from '../cron/describe.ts';
import { differences, timesText } from './differences.ts';
import { isoText } from './moments.ts';
import { outcomeOfRun, outcomeText, type RunOutcome } from './outcomes.ts';
import { momentRows } from './run-times.ts';
import {
  type AppliedSettings,
  bufferSize,
  describeExports,
  readApplied,
  temporalOptions,
  zoneOf,
} from './temporal-schedule.ts';
import { withTemporal } from './with-temporal.ts';

const NEXT_RUNS = 5;

export async function run({ operand }: CommandLine, output: Output): Promise<void> {
  await withTemporal(async (temporal) => {
    const description = await describeExports(temporal, operand);
    const { recentActions } = description.info;
    const recent = await Promise.all(
      recentActions.map((action) => outcomeOfRun(temporal.client, action)),
    );
    const applied = readApplied(description);
    const byHand = applied === null ? [] : changedByHand(description, applied);
    tell(description, applied, recent.toReversed(), output);
    if (byHand.length > 0) {
      output.warn(
        `somebody changed in Temporal what apply had set: ${byHand.join(', ')}. Applying its file puts that back.`,
      );
    }
    output.document(asDocument(description, applied, recent.toReversed(), byHand));
  });
}

/** The settings that are not what it was applied with. */
function changedByHand(description: ScheduleDescription, applied: AppliedSettings): string[] {
  const { action } = description;
  const { settings, schedule } = applied;
  const wanted = temporalOptions(settings, schedule, action.args?.[0], action.taskQueue);
  return differences(description, wanted).map(({ field }) => field);
}

function tell(
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
      ...(waiting > 0 ? [['waiting', `at least ${waiting}, one after another`]] : []),
      ['so far', countsText(info)],
    ]),
  );
  const next = info.nextActionTimes.slice(0, NEXT_RUNS).map((date) => date.getTime());
  if (next.length > 0) {
    output.line(`\nThe next ticks${state.paused ? ' that it leaves out while it is paused' : ''}`);
    output.lines(momentRows(next, zoneOf(description)));
  }
  output.line('\nThe latest runs');
  const runs = recent.map((run) => [run.workflowId, run.scheduledAt, outcomeText(run)]);
  output.lines(
    runs.length === 0
      ? ['  none yet']
      : table([['workflow id', 'nominal time', 'outcome'], ...runs]),
  );
  output.line('\nThe export');
  output.lines(exportText(action.args).map((line) => `  ${line}`));
  if (state.paused)
    output.line(`\nTo let it run: npm run schedule -- resume ${shellWord(scheduleId)}`);
}

function whenRows(
  { spec, policies }: ScheduleDescription,
  applied: AppliedSettings | null,
): string[][] {
  if (applied === null) {
    return [
      ['cron', "none: Temporal's own specification, made by other means than apply"],
      ['runs', timesText(spec)],
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
  return `${numActionsTaken} started, ${numActionsSkippedOverlap} skipped by overlap, ${numActionsMissedCatchupWindow} missed beyond the catch-up window`;
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
    runs: applied === null ? timesText(spec) : describeSchedule(applied.schedule),
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
