import { table } from '../../command-line/text.ts';
import type { Occurrence } from '../cron/occurrences.ts';
import { dateText, isoText, localText } from '../cron/time-text.ts';
import type { TimeZone } from '../cron/time-zone.ts';

/** How many upcoming runs `apply` and `describe` show. */
export const NEXT_RUNS = 5;

/** Scheduled times as rows: in the schedule's time zone, in UTC, and which of two it is. */
export function occurrenceTable(runs: readonly Occurrence[], zone: TimeZone): string[] {
  const rows = runs.map(({ at, localTime, ofTwo }) => [
    ...timeCells(at, dateText(Date.parse(`${localTime}Z`)), zone),
    ofTwo === null ? '' : `the ${ofTwo} of two: the clocks go back`,
  ]);
  return table([[...timeHeadings(zone), ''], ...rows]);
}

/** The same for times that Temporal names. */
export function timeTable(times: readonly number[], zone: TimeZone): string[] {
  return table([timeHeadings(zone), ...times.map((at) => cellsOfTime(at, zone))]);
}

/** Two columns, or one for a schedule in UTC. */
export function timeHeadings({ name }: TimeZone): string[] {
  return name === 'UTC' ? [name] : [name, 'UTC'];
}

export function cellsOfTime(at: number, zone: TimeZone): string[] {
  return timeCells(at, localText(at, zone), zone);
}

function timeCells(at: number, localTime: string, { name }: TimeZone): string[] {
  return name === 'UTC' ? [localTime] : [localTime, isoText(at)];
}
