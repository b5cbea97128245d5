import { listed } from '../../command-line/text.ts';
import { longestMonth } from './days.ts';
import { runsOf } from './fields.ts';
import { MONTHS, WEEKDAYS } from './names.ts';
import { type CronSchedule, runsByHandOnly } from './schedule.ts';

const TIMES_WRITTEN_OUT = 6;

/** When a schedule runs, in plain English: `at 03:00 every day`. */
export function describeSchedule(schedule: CronSchedule): string {
  if (runsByHandOnly(schedule)) return 'never on a schedule, only by hand';
  const { text, always } = times(schedule);
  const onDays = days(schedule);
  return always && onDays === 'every day' ? text : `${text} ${onDays}`;
}

/** The times of a day, and whether "every day" is understood. */
function times({ minutes, hours }: CronSchedule): { text: string; always: boolean } {
  if (hours.length < 24) return { text: timesOfSomeHours(minutes, hours), always: false };
  const step = stepOverTheHour(minutes);
  if (step !== null) return { text: every(step, 'minute'), always: true };
  return { text: `every hour at ${pastTheHour(minutes)}`, always: true };
}

function timesOfSomeHours(minutes: readonly number[], hours: readonly number[]): string {
  if (hours.length === 1 || minutes.length * hours.length <= TIMES_WRITTEN_OUT) {
    const step = hours.length === 1 ? stepOverTheHour(minutes) : null;
    if (step !== null) return `${every(step, 'minute')} ${span(minutes, hours)}`;
    return `at ${listed(hours.flatMap((hour) => minutes.map((minute) => clock(hour, minute))))}`;
  }
  const [firstHour = 0, secondHour = 0] = hours;
  const hourStep = secondHour - firstHour;
  const evenly = hours.every((hour, index) => hour === firstHour + index * hourStep);
  if (minutes.length === 1 && evenly) {
    return `${every(hourStep, 'hour')} ${span(minutes, hours)}`;
  }
  const step = stepOverTheHour(minutes);
  if (step === null) return `at ${pastTheHour(minutes)} in the hours ${listed(hours.map(two))}`;
  const period = every(step, 'minute');
  if (evenly && hourStep === 1) return `${period} ${span(minutes, hours)}`;
  return `${period} in the hours ${listed(hours.map(two))}`;
}

function days({ follows, daysOfMonth, months, daysOfWeek }: CronSchedule): string {
  const everyMonth = months.length === 12;
  const monthNames = listed(spans(months, (month) => MONTHS[month - 1] ?? ''));
  if (follows === 'dayOfMonth' && daysOfMonth.length < 31) {
    const ofMonth = `the ${listed(spans(daysOfMonth, ordinal))}`;
    return `on ${ofMonth} of ${everyMonth ? 'the month' : monthNames}${whereThereIs(daysOfMonth, months)}`;
  }
  const within = everyMonth ? '' : ` in ${monthNames}`;
  if (follows !== 'dayOfWeek' || daysOfWeek.length === 7) return `every day${within}`;
  const weekdays = spans(daysOfWeek, (day) => WEEKDAYS[day] ?? '');
  return `every ${listed(weekdays)}${within}`;
}

/** What to add for days that not all of the months have. */
function whereThereIs(daysOfMonth: readonly number[], months: readonly number[]): string {
  const lastDay = daysOfMonth.at(-1) ?? 0;
  if (months.every((month) => lastDay <= (month === 2 ? 28 : longestMonth(month)))) return '';
  const leapYears = months.length === 1 && daysOfMonth.length === 1;
  return leapYears ? ', in leap years' : ', where the month has that day';
}

/** n, if the minutes are 0, n, 2n and so on to the end of the hour. */
function stepOverTheHour(minutes: readonly number[]): number | null {
  const step = 60 / minutes.length;
  const evenly = minutes.every((minute, index) => minute === index * step);
  return evenly && minutes.length > 1 ? step : null;
}

function pastTheHour(minutes: readonly number[]): string {
  return listed(minutes.map((minute) => `:${two(minute)}`));
}

function span(minutes: readonly number[], hours: readonly number[]): string {
  const first = clock(hours[0] ?? 0, minutes[0] ?? 0);
  return `from ${first} to ${clock(hours.at(-1) ?? 0, minutes.at(-1) ?? 0)}`;
}

/** Each run of three values or more as `A to B`. */
function spans(values: readonly number[], name: (value: number) => string): string[] {
  return runsOf(values).flatMap(([first, last]) => {
    if (last - first > 1) return [`${name(first)} to ${name(last)}`];
    return first === last ? [name(first)] : [name(first), name(last)];
  });
}

/** `every minute`, `every 5 minutes` */
function every(step: number, unit: string): string {
  return step === 1 ? `every ${unit}` : `every ${step} ${unit}s`;
}

function ordinal(day: number): string {
  const ending = day > 10 && day < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th');
  return `${day}${ending}`;
}

const two = (value: number) => String(value).padStart(2, '0');
const clock = (hour: number, minute: number) => `${two(hour)}:${two(minute)}`;
