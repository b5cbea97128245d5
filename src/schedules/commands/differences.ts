import type { CalendarSpec, ScheduleDescription } from '@temporalio/client';
import ms from 'ms';
import { type AppliedSchedule, SCHEDULE_MEMO } from '../../domain/schedule-runs.ts';
import { runsOf } from '../cron/fields.ts';
import type { TemporalOptions } from './temporal-schedule.ts';

/** A setting that is not as it should be; `null` where it is not there. */
export interface Difference {
  readonly field: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** What the two have in common, as far as it can be set. */
type Settings = Pick<ScheduleDescription, 'action' | 'policies' | 'spec'> & {
  readonly state?: { readonly remainingActions?: number | undefined };
};

/** Settings that Temporal and the memo of each run both have. */
const IN_TEMPORAL = {
  cron: 'times',
  timezone: 'time zone',
  overlap: 'overlap',
  catchupWindow: 'catch-up window',
};
/** Temporal's own, which its CLI writes down. */
const TASK_TIMEOUT_MS = 10_000;
/** What goes without saying. */
const USUAL: Readonly<Record<string, string>> = {
  second: '0',
  dayOfMonth: '1-31',
  month: '1-12',
  dayOfWeek: '0-6',
  year: '',
};
const NAMES: Readonly<Record<string, readonly string[]>> = {
  month:
    'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER'.split(
      ' ',
    ),
  dayOfWeek: 'SUNDAY MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY'.split(' '),
};
const FIELDS = ['second', 'minute', 'hour', 'dayOfMonth', 'month', 'dayOfWeek', 'year'] as const;

/** What to change in a schedule, as Temporal has it, so that it is as wanted. */
export function differences(now: ScheduleDescription, wanted: TemporalOptions): Difference[] {
  const before = fieldsOf(now);
  const after = fieldsOf(wanted as Settings);
  const all = [...new Set([...after.keys(), ...before.keys()])]
    .map((field) => ({ field, from: before.get(field) ?? null, to: after.get(field) ?? null }))
    .filter(({ from, to }) => from !== to);
  // A change that the file asks for changes both; one made in Temporal by hand, the second alone.
  const changed = new Set(all.map(({ field }) => field));
  const echoes = Object.entries(IN_TEMPORAL)
    .filter(([field]) => changed.has(field))
    .map(([, echo]) => inTemporal(echo));
  return all.filter(({ field }) => !echoes.includes(field) && field !== 'summary');
}

/** When it runs, as Temporal keeps it. */
export function timesText({
  calendars,
  intervals,
  skip,
  startAt,
  endAt,
  jitter,
}: Settings['spec']) {
  const parts = [
    ...(calendars ?? []).map(calendarText),
    ...(intervals ?? []).map(({ every, offset }) => {
      return `every ${ms(Number(every))}${offset ? `, ${ms(Number(offset))} later` : ''}`;
    }),
    ...(skip ?? []).map((calendar) => `not at ${calendarText(calendar)}`),
    ...(startAt ? [`from ${startAt.toISOString()}`] : []),
    ...(endAt ? [`until ${endAt.toISOString()}`] : []),
    ...(jitter ? [`up to ${ms(Number(jitter))} later by chance`] : []),
  ];
  return parts.length === 0 ? 'never' : parts.join('; ');
}

function fieldsOf({ spec, action, policies, state }: Settings): Map<string, string> {
  const { [SCHEDULE_MEMO]: applied, ...memo } = action.memo ?? {};
  const { scheduleId, cron, timezone, ...settings } = (applied ?? {}) as Partial<AppliedSchedule>;
  const fields = new Map<string, string>();
  const set = (field: string, value: unknown) => {
    if (value !== undefined)
      fields.set(field, typeof value === 'string' ? value : JSON.stringify(value));
  };
  const sets = (values: object, prefix = '') => {
    for (const [key, value] of Object.entries(values)) set(`${prefix}${key}`, value);
  };
  sets({ cron, timezone, ...settings });
  set('scheduleId in the memo', scheduleId);
  set(inTemporal('times'), timesText(spec));
  set(inTemporal('time zone'), spec.timezone || 'UTC');
  set(inTemporal('overlap'), policies.overlap);
  set(inTemporal('catch-up window'), ms(policies.catchupWindow));
  set('pause on failure', policies.pauseOnFailure);
  set('remaining runs', state?.remainingActions);
  set('task queue', action.taskQueue);
  set('workflow id', action.workflowId);
  set('workflow type', action.workflowType);
  const [input, ...more] = action.args ?? [];
  for (const [path, value] of leaves(input, 'export')) set(path, value);
  if (more.length > 0) set('more arguments', more);
  sets(memo, 'memo.');
  set('summary', action.staticSummary);
  set('details', action.staticDetails);
  set('retry policy', action.retry);
  sets(action.searchAttributes ?? {}, 'search attribute ');
  set('execution timeout', action.workflowExecutionTimeout || undefined);
  set('run timeout', action.workflowRunTimeout || undefined);
  const { workflowTaskTimeout } = action;
  set('task timeout', workflowTaskTimeout === TASK_TIMEOUT_MS ? undefined : workflowTaskTimeout);
  return fields;
}

function inTemporal(what: string): string {
  return `${what} in Temporal`;
}

/** Each value below a path; lists are values. */
function leaves(value: unknown, path: string): [path: string, value: unknown][] {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMapping || Object.keys(value).length === 0) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, `${path}.${key}`));
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
  if (typeof value === 'number') return value;
  return (NAMES[field] ?? []).indexOf(value) + (field === 'month' ? 1 : 0);
}
