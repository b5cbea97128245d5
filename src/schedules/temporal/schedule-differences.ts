import type { ScheduleDescription } from '@temporalio/client';
import ms from 'ms';
import { isMapping } from '../../domain/problems.ts';
import { type AppliedSchedule, SCHEDULE_MEMO } from '../../domain/schedule-pausing.ts';
import { specText } from './schedule-spec-text.ts';
import type { TemporalOptions } from './temporal-options.ts';

/** A setting that is not as it should be; `null` where there is none. */
export interface Difference {
  readonly field: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** What a schedule has and what it should have, as far as it can be set. */
type Settings = Pick<ScheduleDescription, 'action' | 'policies' | 'spec'> & {
  readonly state?: { readonly remainingActions?: number | undefined };
};

/** Settings that stand twice: in the memo of each run, and as Temporal's own. */
const IN_TEMPORAL = {
  cron: 'times',
  timezone: 'time zone',
  overlap: 'overlap',
  catchupWindow: 'catch-up window',
};
/** Temporal's default, which its CLI writes down. */
const TASK_TIMEOUT_MS = 10_000;

/** What to change in a schedule, as Temporal has it, to get the wanted one. */
export function differences(now: ScheduleDescription, wanted: TemporalOptions): Difference[] {
  const before = settingsOf(now);
  const after = settingsOf(wanted as Settings);
  const all = [...new Set([...after.keys(), ...before.keys()])]
    .map((field) => ({ field, from: before.get(field) ?? null, to: after.get(field) ?? null }))
    .filter(({ from, to }) => from !== to);
  // A change of the file changes both; one made in Temporal by hand, only Temporal's own.
  const changed = new Set(all.map(({ field }) => field));
  const echoes = Object.entries(IN_TEMPORAL)
    .filter(([field]) => changed.has(field))
    .map(([, echo]) => inTemporal(echo));
  return all.filter(({ field }) => !echoes.includes(field) && field !== 'summary');
}

function settingsOf({ spec, action, policies, state }: Settings): Map<string, string> {
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
  set(inTemporal('times'), specText(spec));
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
  if (!isMapping(value) || Object.keys(value).length === 0) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, `${path}.${key}`));
}
