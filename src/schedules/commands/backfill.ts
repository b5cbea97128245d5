import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { CommandLine } from '../../command-line/command.ts';
import { CommandError, counted, type Output, shellWord } from '../../command-line/output.ts';
import { cronTimes, departs, disagreement, matchingTimes } from './matching-times.ts';
import { isoText, parseMoment } from './moments.ts';
import { momentRows } from './run-times.ts';
import {
  type AppliedSettings,
  bufferSize,
  describeExports,
  readApplied,
} from './temporal-schedule.ts';
import { type Temporal, withTemporal } from './with-temporal.ts';

/** As many runs as Temporal lets wait for their turn. */
const MAX_TICKS = 1_000;
/** Of more, the first and the last. */
const SHOWN_TICKS = 8;

export async function run({ operand, options }: CommandLine, output: Output): Promise<void> {
  await withTemporal(async (temporal) => {
    const description = await describeExports(temporal, operand);
    const applied = readApplied(description);
    if (applied === null) throw notOurs(operand);
    const { zone } = applied;
    if (applied.settings.cron === '') {
      throw new CommandError(
        1,
        `${operand} has no ticks to run: its cron text is "", so it runs only by hand. npm run schedule -- trigger ${shellWord(operand)}`,
      );
    }
    const { from, to } = readSpan(options.from ?? '', options.to ?? '', applied);
    const ticks = await ticksOf(temporal, operand, applied, from, to, output);
    const free = MAX_TICKS - bufferSize(description);
    if (ticks.length > free) throw tooMany(operand, ticks.length, free, ticks[free - 1]);

    const [first = from, last = first] = [ticks[0], ticks.at(-1)];
    const runs = counted(ticks.length, 'run');
    output.line(`${operand}: ${runs}, one after another; their nominal times`);
    const rows = momentRows(ticks.length <= SHOWN_TICKS ? ticks : [first, last], zone);
    output.lines(
      ticks.length <= SHOWN_TICKS ? rows : [...rows.slice(0, -1), '  …', ...rows.slice(-1)],
    );
    await temporal.client.schedule.getHandle(operand).backfill({
      start: new Date(first),
      end: new Date(last),
      overlap: ScheduleOverlapPolicy.BUFFER_ALL,
    });
    output.line(`Temporal has taken them.`);
    output.line(`npm run schedule -- describe ${shellWord(operand)} shows how they go.`);
    output.document({
      scheduleId: operand,
      runs: ticks.length,
      first: isoText(first),
      last: isoText(last),
    });
  });
}

function readSpan(fromText: string, toText: string, { zone }: AppliedSettings) {
  const now = Date.now();
  const from = parseMoment('--from', fromText, zone);
  let to = parseMoment('--to', toText, zone);
  // Of today, what has passed.
  const isDate = /^\d{4}-\d\d-\d\d$/.test(toText);
  if (isDate && to > now && parseMoment('--from', toText, zone) <= now) to = now;
  if (from > to) {
    throw new CommandError(2, `--from (${isoText(from)}) is after --to (${isoText(to)}).`);
  }
  if (to > now) {
    throw new CommandError(
      2,
      `--to (${isoText(to)}) is in the future; it is ${isoText(now)} now. A backfill makes up for ticks that have passed; the schedule itself runs those to come.`,
    );
  }
  return { from, to };
}

/** The ticks that Temporal will run. */
async function ticksOf(
  temporal: Temporal,
  scheduleId: string,
  applied: AppliedSettings,
  from: number,
  to: number,
  output: Output,
): Promise<readonly number[]> {
  const ours = cronTimes(applied, from, to);
  // Beyond it Temporal does not list them, and they are too many anyway.
  if (ours.length > MAX_TICKS) return ours;
  const theirs = await matchingTimes(temporal, scheduleId, from, to);
  const found = disagreement(ours, theirs);
  if (found.missing.length + found.extra.length > 0) {
    output.warn(
      `Temporal ${departs(found)}. Either its clocks change there (docs/cron.md), or somebody changed the times in Temporal by hand: apply the file again, then.`,
    );
  }
  if (theirs.length > 0) return theirs;
  throw new CommandError(
    2,
    `There is no tick of ${scheduleId} from ${isoText(from)} to ${isoText(to)}, both included, so there is nothing to run. Its cron text is "${applied.settings.cron}", ${applied.zone.name}.`,
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
      `${scheduleId}: as many runs wait for their turn as Temporal holds (${MAX_TICKS.toLocaleString('en-US')}). Try again when they are through.`,
    );
  }
  const first = `--to ${isoText(end)}`;
  return new CommandError(
    2,
    `These are ${counted(count, 'tick')}, and Temporal takes ${free.toLocaleString('en-US')} at once. Take them in parts: ${first} is the first; go on after it when its runs are through.`,
  );
}

function notOurs(scheduleId: string): CommandError {
  return new CommandError(
    1,
    `${scheduleId} was not made by apply, so its cron text is not known. Use Temporal's own: npm run temporal -- schedule backfill --schedule-id ${shellWord(scheduleId)} --overlap-policy BufferAll --start-time … --end-time …`,
  );
}
