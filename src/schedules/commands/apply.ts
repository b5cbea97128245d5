import ms from 'ms';
import { asTyped } from '../../command-line/caller-directory.ts';
import type { CommandLine, Place } from '../../command-line/command.ts';
import type { Output } from '../../command-line/output.ts';
import { shellWord, table } from '../../command-line/text.ts';
import { DEFAULT_TASK_QUEUE } from '../../config/schema.ts';
import { EXPORT_TYPES } from '../../registry.ts';
import { describeClockChanges } from '../cron/clock-change-texts.ts';
import { describeSchedule } from '../cron/describe.ts';
import { nextRuns, shortestInterval, YEAR } from '../cron/runs.ts';
import { runsByHandOnly } from '../cron/schedule.ts';
import { isoText } from '../cron/time-text.ts';
import { type ReadSchedule, readScheduleFile } from '../read-schedule-file.ts';
import type { ScheduleFile } from '../schedule-file.ts';
import { findSchedule, refuseOthers } from '../temporal/find-schedule.ts';
import { type Difference, differences } from '../temporal/schedule-differences.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { type TemporalOptions, temporalOptions } from '../temporal/temporal-options.ts';
import { clockChangeWarnings } from '../temporal/temporal-run-times.ts';
import { withTemporal } from '../temporal/with-temporal.ts';
import { NEXT_RUNS, occurrenceTable } from './run-table.ts';

const SHOWN_CHARACTERS = 60;
const BEFORE_THE_DIFFERENCE = 20;

interface Applied {
  readonly result: 'created' | 'updated' | 'unchanged';
  readonly changes: readonly Difference[];
  readonly paused: boolean;
  readonly note: string | null;
}

export async function run({ operand }: CommandLine, output: Output, place: Place): Promise<void> {
  const { environment, directory } = place;
  const read = readScheduleFile(operand, environment, directory, EXPORT_TYPES);
  const { settings, schedule, zone, input } = read.file;
  const optionsFor = (queue: string) => temporalOptions(settings, schedule, input, queue);
  const named = read.names === null ? null : (read.names.taskQueue ?? DEFAULT_TASK_QUEUE);
  await withTemporal(place, async (temporal) => {
    const { taskQueue, ...applied } = await apply(temporal, settings.scheduleId, optionsFor, named);
    const now = Date.now();
    const { scheduleId } = settings;
    const changes = await clockChangeWarnings(temporal, scheduleId, read.file, now, now + YEAR);
    const warnings = [...schedule.warnings, ...warnOfDelay(read.file, now), ...changes];
    print(read, applied, taskQueue, directory, now, output);
    for (const warning of warnings) output.warn(warning);
    output.document({
      scheduleId,
      ...applied,
      taskQueue,
      configuration: read.names?.file ?? null,
      notChecked: notChecked(read),
      nextRuns: nextRuns(schedule, zone, now, NEXT_RUNS).map(({ at }) => isoText(at)),
      warnings,
    });
  });
}

/** `named` is the configuration's task queue; without a configuration a schedule keeps the one it has. */
async function apply(
  temporal: Temporal,
  scheduleId: string,
  optionsFor: (taskQueue: string) => TemporalOptions,
  named: string | null,
): Promise<Applied & { readonly taskQueue: string }> {
  const { schedule: schedules } = temporal.client;
  const now = await findSchedule(temporal, scheduleId);
  if (now === null) {
    const taskQueue = named ?? DEFAULT_TASK_QUEUE;
    await schedules.create({ scheduleId, ...optionsFor(taskQueue) });
    return { result: 'created', changes: [], paused: false, note: null, taskQueue };
  }
  refuseOthers(now);
  const taskQueue = named ?? now.action.taskQueue;
  const options = optionsFor(taskQueue);
  const { paused, note } = now.state;
  const changes = differences(now, options);
  if (changes.length > 0) {
    // The file does not say whether it is paused, and why; nor does it have a limit of runs.
    const keep = (state: typeof now.state) => ({ paused: state.paused, note: state.note ?? '' });
    await schedules
      .getHandle(scheduleId)
      .update(({ state }) => ({ ...options, state: keep(state) }));
  }
  const result = changes.length > 0 ? 'updated' : 'unchanged';
  return { result, changes, paused, note: note || null, taskQueue };
}

/** A warning if a run may still wait for its start when the next one is due. */
function warnOfDelay({ schedule, zone, request }: ScheduleFile, now: number): string[] {
  const delay = request.delaySeconds * 1_000;
  if (delay === 0) return [];
  const shortest = shortestInterval(schedule, zone, now, delay);
  if (shortest > delay) return [];
  return [
    `delaySeconds is ${request.delaySeconds} (${ms(delay)}), but scheduled times can be only ${ms(shortest)} apart. A run may still be waiting when the next one is due; "overlap" then skips that one or queues it.`,
  ];
}

function notChecked({ names, configuration }: ReadSchedule): string[] {
  if (names !== null) return [];
  return [`connection names: no configuration file was found at ${configuration}`];
}

function print(
  read: ReadSchedule,
  { result, changes, paused, note }: Applied,
  taskQueue: string,
  directory: string,
  now: number,
  output: Output,
): void {
  const { file, names } = read;
  const { scheduleId } = file.settings;
  if (result === 'created') output.line(`Created the schedule ${scheduleId}.`);
  if (result === 'updated') output.line(`Updated the schedule ${scheduleId}:`);
  if (result === 'unchanged') {
    output.line(`Nothing changed: the schedule ${scheduleId} already matches the file.`);
  }
  output.lines(table(changes.map(({ field, from, to }) => [field, changeText(from, to)])));
  output.line();
  output.lines(table(settingsRows(file, taskQueue, names && asTyped(names.file, directory))));
  output.line();
  if (names !== null)
    output.line(`Checked: connection names, against ${asTyped(names.file, directory)}.`);
  for (const what of notChecked(read)) output.line(`Not checked: ${what}.`);
  if (paused) {
    const why = note === null ? '' : ` (${note})`;
    const resume = `npm run schedule -- resume ${shellWord(scheduleId)}`;
    output.line(`It is paused and stays paused${why}. To resume it: ${resume}`);
  }
  printRuns(file, paused, now, output);
}

function settingsRows(
  { settings, schedule, request }: ScheduleFile,
  taskQueue: string,
  configuration: string | null,
): string[][] {
  const { cron, timezone, overlap, catchupWindow, pauseAfterFailures } = settings;
  const { operation, cohortId, connection, source } = request;
  const failures = pauseAfterFailures === 1 ? 'failure' : 'failures in a row';
  const origin = configuration === null ? 'no configuration found' : `from ${configuration}`;
  return [
    ['runs', `${describeSchedule(schedule)}${cron === '' ? '' : ` ("${cron}", ${timezone})`}`],
    [
      'export',
      `${operation} ${cohortId} (${connection}), from ${source.type} ${source.connection}`,
    ],
    ['overlap', overlap],
    ['catch-up window', catchupWindow],
    ['pauses after', pauseAfterFailures === 0 ? 'never' : `${pauseAfterFailures} ${failures}`],
    ['task queue', `${taskQueue} (${origin})`],
  ];
}

function printRuns(file: ScheduleFile, paused: boolean, now: number, output: Output): void {
  const { schedule, zone, request } = file;
  if (runsByHandOnly(schedule)) return;
  const { delaySeconds } = request;
  const later = delaySeconds === 0 ? '' : ` (each starts ${delaySeconds} s later: delaySeconds)`;
  output.line(`\nUpcoming runs${paused ? ' (skipped while paused)' : later}`);
  output.lines(occurrenceTable(nextRuns(schedule, zone, now, NEXT_RUNS), zone));
  const changes = describeClockChanges(schedule, zone, now, now + YEAR);
  if (changes.length > 0) output.line('\nClock changes');
  output.lines(changes.map((change) => `  ${change}`));
}

/** Old and new; of long ones only what is around the first difference. */
function changeText(from: string | null, to: string | null): string {
  const [before, after] = [from ?? '', to ?? ''].map((text) => text.replaceAll('\n', '⏎'));
  if (before === undefined || after === undefined) return '';
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  const long = Math.max(before.length, after.length) > SHOWN_CHARACTERS;
  const start = long ? Math.max(0, same - BEFORE_THE_DIFFERENCE) : 0;
  const shown = (text: string | null, flat: string) => {
    if (text === null) return '(none)';
    const end = start + SHOWN_CHARACTERS;
    const part = flat.slice(start, end);
    return `${start > 0 ? '…' : ''}${part === '' ? '(empty)' : part}${flat.length > end ? '…' : ''}`;
  };
  return `${shown(from, before)} → ${shown(to, after)}`;
}
