import ms from 'ms';
import { table } from '../../command-line/output.ts';
import { type Occurrence, occurrences } from '../cron/occurrences.ts';
import type { CronSchedule } from '../cron/schedule.ts';
import type { TimeZone } from '../cron/time-zone.ts';
import { dateText, isoText, localText } from './moments.ts';

export const YEAR = ms('366d');
/** More than a schedule of every minute has in four days: what repeats has done so by then. */
const INTERVALS_LOOKED_AT = 6_000;

/** The first times from a moment on, fewer where the schedule ends. */
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

/** Times as rows: by the clocks of the zone, in UTC, and which of two it is. */
export function timeRows(runs: readonly Occurrence[], zone: TimeZone): string[] {
  const rows = runs.map(({ at, localTime, ofTwo }) => [
    dateText(Date.parse(`${localTime}Z`)),
    isoText(at),
    ofTwo === null ? '' : `the ${ofTwo} of two: the clocks go back`,
  ]);
  return table([[zone.name, 'UTC', ''], ...rows]);
}

/** The same for moments that Temporal names. */
export function momentRows(moments: readonly number[], zone: TimeZone): string[] {
  const rows = moments.map((at) => [localText(at, zone), isoText(at)]);
  return table([[zone.name, 'UTC'], ...rows]);
}

/** A warning where a run still waits when the next one is due. */
export function warnOfDelay(
  schedule: CronSchedule,
  zone: TimeZone,
  delaySeconds: number,
  now: number,
): string[] {
  if (delaySeconds === 0) return [];
  const shortest = shortestInterval(schedule, zone, now, delaySeconds * 1_000);
  if (shortest > delaySeconds * 1_000) return [];
  return [
    `delaySeconds is ${delaySeconds} (${ms(delaySeconds * 1_000)}), and two runs can be only ${ms(shortest)} apart: a run then still waits when the next one is due, which "overlap" skips or holds back.`,
  ];
}

/** Of the next year; ends early at one that is no longer than `enough`. */
function shortestInterval(
  schedule: CronSchedule,
  zone: TimeZone,
  from: number,
  enough: number,
): number {
  let shortest = Number.POSITIVE_INFINITY;
  const [first, ...later] = nextRuns(schedule, zone, from, INTERVALS_LOOKED_AT);
  let previous = first?.at ?? from;
  for (const { at } of later) {
    shortest = Math.min(shortest, at - previous);
    if (at > from + YEAR || shortest <= enough) break;
    previous = at;
  }
  return shortest;
}
