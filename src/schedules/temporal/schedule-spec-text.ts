import type { CalendarSpec, ScheduleDescription } from '@temporalio/client';
import ms from 'ms';
import { runsOf } from '../cron/fields.ts';
import { MONTHS, upperCase, WEEKDAYS } from '../cron/names.ts';

const FIELDS = ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek', 'year'] as const;
/** What a field is if Temporal does not say; such fields are left out of the text. */
const USUAL: Readonly<Record<string, string>> = {
  second: '0',
  dayOfMonth: '1-31',
  month: '1-12',
  dayOfWeek: '0-6',
  year: '',
};
const NAMES: Readonly<Record<string, readonly string[]>> = {
  // Months count from 1.
  month: ['', ...upperCase(MONTHS)],
  dayOfWeek: upperCase(WEEKDAYS),
};

/** When a schedule runs, as Temporal keeps it: `minute 0, hour 3`. */
export function specText({
  calendars,
  intervals,
  skip,
  startAt,
  endAt,
  jitter,
}: ScheduleDescription['spec']): string {
  const parts = [
    ...(calendars ?? []).map(calendarText),
    ...(intervals ?? []).map(({ every, offset }) => {
      return `every ${ms(Number(every))}${offset ? `, offset ${ms(Number(offset))}` : ''}`;
    }),
    ...(skip ?? []).map((calendar) => `not at ${calendarText(calendar)}`),
    ...(startAt ? [`from ${startAt.toISOString()}`] : []),
    ...(endAt ? [`until ${endAt.toISOString()}`] : []),
    ...(jitter ? [`up to ${ms(Number(jitter))} of jitter`] : []),
  ];
  return parts.length === 0 ? 'never' : parts.join('; ');
}

function calendarText(calendar: CalendarSpec): string {
  const texts = FIELDS.map((field) => [field, rangesText(field, calendar[field])] as const);
  return texts
    .filter(([field, text]) => text !== USUAL[field])
    .map(([field, text]) => `${field} ${text}`)
    .join(', ');
}

function rangesText(field: string, ranges: unknown): string {
  if (ranges === undefined) return USUAL[field] ?? '';
  const values = (
    ranges as { start: string | number; end: string | number; step: number }[]
  ).flatMap(({ start, end, step }) => {
    const [first, last] = [numberOf(field, start), numberOf(field, end)];
    return Array.from(
      { length: Math.floor((last - first) / step) + 1 },
      (_, i) => first + i * step,
    );
  });
  const ascending = [...new Set(values)].sort((a, b) => a - b);
  return runsOf(ascending)
    .map(([first, last]) => (first === last ? first : `${first}-${last}`))
    .join(',');
}

function numberOf(field: string, value: string | number): number {
  return typeof value === 'number' ? value : (NAMES[field] ?? []).indexOf(value);
}
