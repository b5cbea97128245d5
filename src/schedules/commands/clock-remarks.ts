import { counted } from '../../command-line/output.ts';
import { nextLocalTime } from '../cron/local-time.ts';
import { type ClockRemark, clockRemarks } from '../cron/occurrences.ts';
import { type CronSchedule, runsByHandOnly } from '../cron/schedule.ts';
import type { ClockChange, TimeZone } from '../cron/time-zone.ts';
import { dateText, isoText } from './moments.ts';

const HOUR = 3_600_000;
const TIMES_WRITTEN_OUT = 3;

/** The runs that clock changes skip or double in a span, a line for each change. */
export function describeClockRemarks(
  schedule: CronSchedule,
  zone: TimeZone,
  from: number,
  to: number,
): string[] {
  if (runsByHandOnly(schedule)) return [];
  const nights = Map.groupBy(clockRemarks(schedule, zone, from, to), ({ kind, localTime }) => {
    return `${kind} ${localTime.slice(0, 10)}`;
  });
  return [...nights.values()].map(describeNight);
}

function describeNight(remarks: readonly ClockRemark[]): string {
  const [first] = remarks;
  if (first === undefined) return '';
  const day = dateText(Date.parse(`${first.localTime}Z`)).slice(0, 14);
  const { length } = remarks;
  const times = remarks.map(({ localTime }) => localTime.slice(11));
  const shown =
    length <= TIMES_WRITTEN_OUT ? times.join(', ') : `${times[0]}, ${times[1]}, … ${times.at(-1)}`;
  if (first.kind === 'skipped') {
    return `${day}: the clocks skip ${shown}: ${counted(length, 'run')} fewer`;
  }
  const utc = length === 1 ? ` (${first.at.map(isoText).join(' and ')})` : '';
  return `${day}: the clocks show ${shown} twice: ${counted(length, 'run')} more${utc}`;
}

/**
 * Warnings of the nights on which Temporal's server itself departs from the rule, as far as the
 * schedule has a run then.
 */
export function warnOfTemporalNights(
  schedule: CronSchedule,
  zone: TimeZone,
  from: number,
  to: number,
): string[] {
  if (runsByHandOnly(schedule)) return [];
  return zone
    .changes(from, to)
    .filter((change) => serverErrs(change) && runsNear(schedule, change))
    .map((change) => {
      const [start, end] = reach(change).map((time) => dateText(time));
      return `In the night of ${start?.slice(0, 14)} the clocks of ${zone.name} change, and Temporal's server (seen in 1.31.2) gets it wrong in zones east of UTC: of the runs between ${start?.slice(15)} and ${end?.slice(15)} it leaves some out and starts others at a wrong time. Look at that night's runs, and put the schedule outside these hours if each one counts.`;
    });
}

/** As measured with one schedule for each quarter of an hour, in zones with and without whole hours. */
function serverErrs({ before, after }: ClockChange): boolean {
  const wholeHours = before % HOUR === 0 && after % HOUR === 0;
  return before > 0 && (after < before || !wholeHours);
}

/** The local times that the server may get wrong: those of the change, and as much before them. */
function reach({ at, before, after }: ClockChange): [start: number, end: number] {
  const shift = Math.abs(after - before);
  const start = at + Math.min(before, after) - shift;
  return [start, after < before ? at + before : at + after + shift];
}

function runsNear(schedule: CronSchedule, change: ClockChange): boolean {
  const [start, end] = reach(change);
  return nextLocalTime(schedule, start) < end;
}
