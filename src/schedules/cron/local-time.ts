import { type CronSchedule, runsOn } from './schedule.ts';

/** A local time without its zone: the milliseconds since 1970 if it were in UTC. */
export type LocalTime = number;

const MINUTE = 60_000;
export const DAY = 1440 * MINUTE;
/** Years of four digits, so that an ISO 8601 text of each time is an ordinary one. */
export const EARLIEST = Date.UTC(1000, 0, 1);
export const LATEST = Date.UTC(10_000, 0, 1) - 1;

/** `2026-03-29T02:30` */
export function localTimeText(time: LocalTime): string {
  return new Date(time).toISOString().slice(0, 16);
}

/** The first time of a schedule at or after `from`, or `Infinity` after the last year. */
export function nextLocalTime(schedule: CronSchedule, from: LocalTime): LocalTime {
  const minute = Math.ceil(from / MINUTE);
  const day = Math.floor(minute / 1440);
  const ofDay = minute - day * 1440;
  if (runsOnDay(schedule, day)) {
    const next = timeOfDay(schedule, ofDay);
    if (next !== null) return day * DAY + next * MINUTE;
  }
  const nextDay = nextDayOf(schedule, day + 1);
  return nextDay * DAY + (timeOfDay(schedule, 0) ?? Number.POSITIVE_INFINITY) * MINUTE;
}

/** The first time of a day, in minutes, at or after the given one. */
function timeOfDay({ hours, minutes }: CronSchedule, from: number): number | null {
  const hour = Math.floor(from / 60);
  const minute = hours.includes(hour)
    ? minutes.find((value) => value >= from - hour * 60)
    : undefined;
  if (minute !== undefined) return hour * 60 + minute;
  const nextHour = hours.find((value) => value > hour);
  const firstMinute = minutes[0];
  return nextHour === undefined || firstMinute === undefined ? null : nextHour * 60 + firstMinute;
}

/** Days are counted from 1970. */
function runsOnDay(schedule: CronSchedule, day: number): boolean {
  const date = new Date(day * DAY);
  return runsOn(schedule, date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCDay());
}

function nextDayOf(schedule: CronSchedule, from: number): number {
  let day = from;
  while (day * DAY <= LATEST) {
    const date = new Date(day * DAY);
    if (!schedule.months.includes(date.getUTCMonth() + 1)) {
      day = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / DAY;
    } else if (runsOnDay(schedule, day)) {
      return day;
    } else {
      day += 1;
    }
  }
  return Number.POSITIVE_INFINITY;
}
