import type { CommandLine } from '../../command-line/command.ts';
import { CommandError, type Output } from '../../command-line/output.ts';
import { describeClockChanges, warnOfTemporalNights } from '../cron/clock-change-texts.ts';
import { describeSchedule } from '../cron/describe.ts';
import { findTimeZone } from '../cron/find-time-zone.ts';
import { markedCron } from '../cron/marked-cron.ts';
import { parseCron } from '../cron/parse.ts';
import { nextRuns, YEAR } from '../cron/runs.ts';
import { type CronSchedule, runsByHandOnly } from '../cron/schedule.ts';
import { isoText } from '../cron/time-text.ts';
import type { TimeZone } from '../cron/time-zone.ts';
import { occurrenceTable } from './run-table.ts';
import { parseTime } from './time-option.ts';

const DEFAULT_COUNT = 10;
const MAX_COUNT = 10_000;
/** How far clock changes are reported at most: to go through millennia takes seconds. */
const LONGEST_OUTLOOK = 50 * YEAR;

export async function run({ options }: CommandLine, output: Output): Promise<void> {
  const schedule = readCron(options.cron ?? '');
  const zone = readZone(options.timezone ?? 'UTC');
  const from = options.from === undefined ? Date.now() : parseTime('--from', options.from, zone);
  const count = readCount(options.count);

  const runs = nextRuns(schedule, zone, from, count);
  output.document(runs.map(({ at }) => isoText(at)));
  output.line(`"${schedule.text}" in ${zone.name}: ${describeSchedule(schedule)}`);
  if (!runsByHandOnly(schedule)) {
    output.line();
    output.lines(occurrenceTable(runs, zone));
  }
  const last = runs.at(-1)?.at ?? from;
  const to = Math.min(Math.max(from + YEAR, last), from + LONGEST_OUTLOOK);
  const changes = describeClockChanges(schedule, zone, from, to);
  if (changes.length > 0) {
    output.line('\nClock changes');
    output.lines(changes.map((change) => `  ${change}`));
  }
  for (const warning of schedule.warnings) output.warn(warning);
  for (const warning of warnOfTemporalNights(schedule, zone, from, to)) output.warn(warning);
}

function readCron(text: string): CronSchedule {
  const { schedule, problems } = parseCron(text);
  if (schedule !== null) return schedule;
  const lines = problems.flatMap((problem) => [
    `--cron: ${problem.message}`,
    ...markedCron(text, problem).map((line) => `    ${line}`),
  ]);
  throw new CommandError(2, lines.join('\n'));
}

function readZone(name: string): TimeZone {
  const { zone, problem } = findTimeZone(name);
  if (zone !== null) return zone;
  throw new CommandError(2, `--timezone: ${problem}`);
}

function readCount(text: string | undefined): number {
  const count = text === undefined ? DEFAULT_COUNT : /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MAX_COUNT) return count;
  throw new CommandError(
    2,
    `--count "${text}" must be a whole number from 1 to ${MAX_COUNT.toLocaleString('en-US')}.`,
  );
}
