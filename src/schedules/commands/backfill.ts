import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { CommandLine, Place } from '../../command-line/command.ts';
import { CommandError, type Output } from '../../command-line/output.ts';
import { counted, shellWord } from '../../command-line/text.ts';
import { runsWithin } from '../cron/runs.ts';
import { isoText } from '../cron/time-text.ts';
import { bufferSize, describeExports } from '../temporal/find-schedule.ts';
import { warnOfNoWorker } from '../temporal/task-queue-pollers.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { type AppliedSettings, readApplied } from '../temporal/temporal-options.ts';
import {
  describeDisagreement,
  disagreement,
  temporalRunTimes,
} from '../temporal/temporal-run-times.ts';
import { withTemporal } from '../temporal/with-temporal.ts';
import { timeTable } from './run-table.ts';
import { parseTime } from './time-option.ts';

/** As many runs as Temporal queues for a schedule. */
const MAX_RUNS = 1_000;
/** Of more, only the first and the last. */
const SHOWN_RUNS = 8;

export async function run(
  { operand, options }: CommandLine,
  output: Output,
  place: Place,
): Promise<void> {
  await withTemporal(place, async (temporal) => {
    const description = await describeExports(temporal, operand);
    const applied = readApplied(description);
    if (applied === null) throw notApplied(operand);
    const { zone } = applied;
    if (applied.settings.cron === '') {
      throw new CommandError(
        1,
        `${operand} has no scheduled times: its cron expression is "", so it runs only by hand. To start a run: npm run schedule -- trigger ${shellWord(operand)}`,
      );
    }
    const { from, to } = readSpan(options.from ?? '', options.to ?? '', applied);
    const times = await timesToRun(temporal, operand, applied, from, to, output);
    const free = MAX_RUNS - bufferSize(description);
    if (times.length > free) throw tooMany(operand, times.length, free, times[free - 1]);

    const [first = from, last = first] = [times[0], times.at(-1)];
    const runs = counted(times.length, 'run');
    output.line(`${operand}: ${runs}, one after another. Scheduled times:`);
    const rows = timeTable(times.length <= SHOWN_RUNS ? times : [first, last], zone);
    output.lines(
      times.length <= SHOWN_RUNS ? rows : [...rows.slice(0, -1), '  …', ...rows.slice(-1)],
    );
    await warnOfNoWorker(temporal, description.action.taskQueue, output);
    await temporal.client.schedule.getHandle(operand).backfill({
      start: new Date(first),
      end: new Date(last),
      overlap: ScheduleOverlapPolicy.BUFFER_ALL,
    });
    output.line(`Submitted. To follow them: npm run schedule -- describe ${shellWord(operand)}`);
    output.document({
      scheduleId: operand,
      runs: times.length,
      first: isoText(first),
      last: isoText(last),
    });
  });
}

function readSpan(fromText: string, toText: string, { zone }: AppliedSettings) {
  const now = Date.now();
  const from = parseTime('--from', fromText, zone);
  let to = parseTime('--to', toText, zone);
  // Today ends now.
  const isDate = /^\d{4}-\d\d-\d\d$/.test(toText);
  if (isDate && to > now && parseTime('--from', toText, zone) <= now) to = now;
  if (from > to) {
    throw new CommandError(2, `--from (${isoText(from)}) is after --to (${isoText(to)}).`);
  }
  if (to > now) {
    throw new CommandError(
      2,
      `--to (${isoText(to)}) is in the future; it is now ${isoText(now)}. A backfill runs past scheduled times; the schedule itself runs the future ones.`,
    );
  }
  return { from, to };
}

/** The scheduled times that Temporal will run. */
async function timesToRun(
  temporal: Temporal,
  scheduleId: string,
  applied: AppliedSettings,
  from: number,
  to: number,
  output: Output,
): Promise<readonly number[]> {
  const ours = runsWithin(applied.schedule, applied.zone, from, to);
  // Temporal does not list more, and they are too many anyway.
  if (ours.length > MAX_RUNS) return ours;
  const theirs = await temporalRunTimes(temporal, scheduleId, from, to);
  const found = disagreement(ours, theirs);
  if (found !== null) {
    output.warn(
      `Temporal departs from the cron expression: it ${describeDisagreement(found)}. Either the clocks change then (docs/schedules.md#clock-changes), or someone changed the schedule in Temporal by hand: in that case, apply its file again.`,
    );
  }
  if (theirs.length > 0) return theirs;
  throw new CommandError(
    2,
    `Nothing to run: ${scheduleId} has no scheduled time from ${isoText(from)} to ${isoText(to)}. Its cron expression is "${applied.settings.cron}", ${applied.zone.name}.`,
  );
}

function tooMany(
  scheduleId: string,
  count: number,
  free: number,
  end: number | undefined,
): CommandError {
  if (end === undefined || free <= 0) {
    return new CommandError(
      1,
      `${scheduleId} already has ${MAX_RUNS.toLocaleString('en-US')} queued runs, as many as Temporal holds. Try again when they have finished.`,
    );
  }
  return new CommandError(
    2,
    `The range has ${counted(count, 'scheduled time')}, but Temporal can queue only ${free.toLocaleString('en-US')} more. Run it in parts: the first ends at --to ${isoText(end)}; start the next when its runs have finished.`,
  );
}

function notApplied(scheduleId: string): CommandError {
  return new CommandError(
    1,
    `${scheduleId} was not created by apply, so its cron expression is not known. Use Temporal's own CLI: npm run temporal -- schedule backfill --schedule-id ${shellWord(scheduleId)} --overlap-policy BufferAll --start-time … --end-time …`,
  );
}
