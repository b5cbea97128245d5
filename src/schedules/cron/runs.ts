import ms from 'ms';
import { type Occurrence, occurrences } from './occurrences.ts';
import type { CronSchedule } from './schedule.ts';
import type { TimeZone } from './time-zone.ts';

export const YEAR = ms('366d');
/** More than a schedule of every minute has in four days: what repeats has done so by then. */
const INTERVALS_CHECKED = 6_000;

/** The first runs from a moment on, fewer where the schedule ends. */
export function nextRuns(
  schedule: CronSchedule,
  zone: TimeZone,
  from: number,
  count: number,
): Occurrence[] {
  const runs: Occurrence[] = [];
  for (const run of occurrences(schedule, zone, from)) {
    runs.push(run);
    if (runs.length >= count) break;
  }
  return runs;
}

/** The scheduled times of a span, both ends included, in epoch milliseconds. */
export function runsWithin(
  schedule: CronSchedule,
  zone: TimeZone,
  from: number,
  to: number,
): number[] {
  const times: number[] = [];
  for (const { at } of occurrences(schedule, zone, from)) {
    if (at > to) break;
    times.push(at);
  }
  return times;
}

/**
 * The shortest time between two runs of the next year, in milliseconds; stops at one that is no longer
 * than `enough`.
 */
export function shortestInterval(
  schedule: CronSchedule,
  zone: TimeZone,
  from: number,
  enough: number,
): number {
  let shortest = Number.POSITIVE_INFINITY;
  const [first, ...later] = nextRuns(schedule, zone, from, INTERVALS_CHECKED);
  let previous = first?.at ?? from;
  for (const { at } of later) {
    shortest = Math.min(shortest, at - previous);
    if (at > from + YEAR || shortest <= enough) break;
    previous = at;
  }
  return shortest;
}
