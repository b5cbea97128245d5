import { asTyped, callerDirectory } from '../../command-line/caller-directory.ts';
import type { CommandLine } from '../../command-line/command.ts';
import { type Output, shellWord, table } from '../../command-line/output.ts';
import { DEFAULT_TASK_QUEUE } from '../../config/schema.ts';
import { EXPORT_TYPES } from '../../registry.ts';
import { describeSchedule } from '../cron/describe.ts';
import { runsByHandOnly } from '../cron/schedule.ts';
import type { ScheduleFile } from '../schedule-file.ts';
import { describeClockRemarks } from './clock-remarks.ts';
import { type Difference, differences } from './differences.ts';
import { clockChangeWarnings } from './matching-times.ts';
import { isoText } from './moments.ts';
import { type ReadSchedule, readScheduleFile } from './read-file.ts';
import { nextRuns, timeRows, warnOfDelay, YEAR } from './run-times.ts';
import {
  findSchedule,
  refuseOthers,
  type TemporalOptions,
  temporalOptions,
} from './temporal-schedule.ts';
import { type Temporal, withTemporal } from './with-temporal.ts';

const NEXT_RUNS = 5;
const SHOWN_CHARACTERS = 60;
const BEFORE_THE_DIFFERENCE = 20;

interface Applied {
  readonly result: 'created' | 'updated' | 'unchanged';
  readonly changes: readonly Difference[];
  readonly paused: boolean;
  readonly note: string | null;
}

export async function run({ operand }: CommandLine, output: Output): Promise<void> {
  const read = readScheduleFile(operand, process.env, callerDirectory, EXPORT_TYPES);
  const { settings, schedule, zone, input, request } = read.file;
  const optionsFor = (queue: string) => temporalOptions(settings, schedule, input, queue);
  const named = read.names === null ? null : (read.names.taskQueue ?? DEFAULT_TASK_QUEUE);
  await withTemporal(async (temporal) => {
    const { taskQueue, ...applied } = await apply(temporal, settings.scheduleId, optionsFor, named);
    const now = Date.now();
    const { scheduleId } = settings;
    const changes = await clockChangeWarnings(temporal, scheduleId, read.file, now, now + YEAR);
    const warnings = [
      ...schedule.warnings,
      ...warnOfDelay(schedule, zone, request.delaySeconds, now),
      ...changes,
    ];
    tell(read, applied, taskQueue, now, output);
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
    // Whether it is paused, and why, is not the file's to say; a limit of runs is not among its fields.
    const keep = (state: typeof now.state) => ({ paused: state.paused, note: state.note ?? '' });
    await schedules
      .getHandle(scheduleId)
      .update(({ state }) => ({ ...options, state: keep(state) }));
  }
  const result = changes.length > 0 ? 'updated' : 'unchanged';
  return { result, changes, paused, note: note || null, taskQueue };
}

function notChecked({ names, configuration }: ReadSchedule): string[] {
  if (names !== null) return [];
  return [`connection names: no configuration file was found at ${configuration}`];
}

function tell(
  read: ReadSchedule,
  { result, changes, paused, note }: Applied,
  taskQueue: string,
  now: number,
  output: Output,
): void {
  const { file, names } = read;
  const { scheduleId } = file.settings;
  if (result === 'created') output.line(`Created the schedule ${scheduleId}.`);
  if (result === 'updated') output.line(`Updated the schedule ${scheduleId}:`);
  if (result === 'unchanged') {
    output.line(`Nothing changed: the schedule ${scheduleId} is as the file says.`);
  }
  output.lines(table(changes.map(({ field, from, to }) => [field, changeText(from, to)])));
  output.line();
  output.lines(table(settingsRows(file, taskQueue, names?.file ?? null)));
  output.line();
  if (names !== null) output.line(`Checked: connection names, against ${asTyped(names.file)}.`);
  for (const what of notChecked(read)) output.line(`Not checked: ${what}.`);
  if (paused) {
    const why = note === null ? '' : ` (${note})`;
    const resume = `npm run schedule -- resume ${shellWord(scheduleId)}`;
    output.line(`It is paused and stays so${why}. To let it run: ${resume}`);
  }
  tellTimes(file, paused, now, output);
}

function settingsRows(
  { settings, schedule, request }: ScheduleFile,
  taskQueue: string,
  configuration: string | null,
): string[][] {
  const { cron, timezone, overlap, catchupWindow, pauseAfterFailures } = settings;
  const { operation, cohortId, connection, source } = request;
  const failures = pauseAfterFailures === 1 ? 'failure' : 'failures in a row';
  const origin = configuration === null ? 'no configuration found' : `of ${asTyped(configuration)}`;
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

function tellTimes(file: ScheduleFile, paused: boolean, now: number, output: Output): void {
  const { schedule, zone, request } = file;
  if (runsByHandOnly(schedule)) return;
  const { delaySeconds } = request;
  const later = delaySeconds === 0 ? '' : `, each starting ${delaySeconds} s later (delaySeconds)`;
  output.line(`\nThe next ticks${paused ? ' that it leaves out while it is paused' : later}`);
  output.lines(timeRows(nextRuns(schedule, zone, now, NEXT_RUNS), zone));
  const remarks = describeClockRemarks(schedule, zone, now, now + YEAR);
  if (remarks.length > 0) output.line('\nClock changes');
  output.lines(remarks.map((remark) => `  ${remark}`));
}

/** Both, of long ones only what is around the first difference. */
export function changeText(from: string | null, to: string | null): string {
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
