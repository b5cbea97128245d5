import { counted } from '../../command-line/text.ts';
import { nextLocalTime } from './local-time.ts';
import { type ClockRemark, clockRemarks } from './occurrences.ts';
import { type CronSchedule, runsByHandOnly } from './schedule.ts';
import { dateText, isoText } from './time-text.ts';
import type { ClockChange, TimeZone } from './time-zone.ts';

const HOUR = 3_600_000;
const TIMES_WRITTEN_OUT = 3;

/** The runs that clock changes skip or double in a span, a line for each change. */
export function describeClockChanges(
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
  return `${day}: the clocks show ${shown} twice: ${counted(length, 'extra run')}${utc}`;
}

/**
 * Warnings about the nights on which Temporal's server itself departs from the cron expression, if the
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
      return `On the night of ${start?.slice(0, 14)} the clocks of ${zone.name} change. In zones east of UTC, Temporal's server (seen in 1.31.2) then skips some of the runs between ${start?.slice(15)} and ${end?.slice(15)} and starts others at the wrong time. Check that night's runs, or move the schedule outside these hours.`;
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
