import ms from 'ms';
import { z } from 'zod';
import { checkExport, type ExportRequest, type ExportTypes } from '../domain/export-input.ts';
import { below, fieldsOf, isMapping, type Problem, problemsOf } from '../domain/problems.ts';
import type { AppliedSchedule } from '../domain/schedule-runs.ts';
import { type CronProblem, FIELD_KEYS } from './cron/fields.ts';
import { findTimeZone } from './cron/find-time-zone.ts';
import { parseCron } from './cron/parse.ts';
import type { CronSchedule } from './cron/schedule.ts';
import type { TimeZone } from './cron/time-zone.ts';

/** Temporal's ids end at 1,000 bytes, and each run's has the tick appended. */
const ID_MAX_BYTES = 500;
/** Temporal takes a shorter one for this. */
const CATCHUP_MIN_MS = ms('10s');
/** Beyond it a typing error. */
const CATCHUP_MAX_MS = ms('3650d');

/** A schedule file without a problem. */
export interface ScheduleFile {
  /** With the defaults filled in. */
  readonly settings: AppliedSchedule;
  readonly schedule: CronSchedule;
  readonly zone: TimeZone;
  readonly catchupWindowMs: number;
  /** The export as it was written, which is what its runs are given. */
  readonly input: unknown;
  readonly request: ExportRequest;
}

export type CheckedScheduleFile =
  | { readonly file: ScheduleFile; readonly problems: readonly [] }
  | { readonly file: null; readonly problems: readonly Problem[] };

const must = (what: string) => ({
  error: ({ input }: { readonly input?: unknown }) =>
    `must be ${what}${input === undefined ? ', but is missing' : input === null ? ', but is empty' : ''}`,
});
const SPAN = 'a time span such as 30s, 15m, 1h or 7d';

const scheduleId = z
  .string(must('text'))
  .refine((id) => id.trim() !== '', 'must not be empty')
  .refine((id) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(id), 'must have printable characters only')
  .refine((id) => id === id.trim(), 'must not begin or end with a space')
  .refine(
    (id) => new TextEncoder().encode(id).length <= ID_MAX_BYTES,
    `must have at most ${ID_MAX_BYTES} bytes`,
  );

const catchupWindow = z.string(must(SPAN)).superRefine((text, context) => {
  const span = spanMs(text);
  if (span === null) context.addIssue(`must be ${SPAN}`);
  else if (span < CATCHUP_MIN_MS) context.addIssue("must be 10s or more: Temporal's minimum");
  else if (span > CATCHUP_MAX_MS) context.addIssue('must be 3650d or less');
});

const fileSchema = z.strictObject(
  {
    scheduleId,
    cron: z.string(must('text such as "0 3 * * *", or "" for no run by schedule')),
    timezone: z.string(must('the name of a time zone, such as Asia/Tokyo')).default('UTC'),
    overlap: z.enum(['skip', 'bufferOne'], must('skip or bufferOne')).default('skip'),
    catchupWindow: catchupWindow.default('1h'),
    pauseAfterFailures: z
      .int(must('a whole number, 0 or more'))
      .min(0, must('a whole number, 0 or more'))
      .default(3),
    export: z.unknown().optional(),
  },
  must('a mapping with scheduleId, cron and export'),
);

/** Checks what a schedule file holds; every problem is reported. */
export function checkScheduleFile(value: unknown, types: ExportTypes): CheckedScheduleFile {
  const parsed = fileSchema.safeParse(value);
  const typed = fieldsOf(value);
  const cron = typeof typed.cron === 'string' ? parseCron(typed.cron) : null;
  const { timezone = 'UTC' } = typed;
  const found = typeof timezone === 'string' ? findTimeZone(timezone) : null;
  const checked = isMapping(value) ? checkExport(typed.export, types) : null;
  const problems: Problem[] = [
    ...(parsed.success ? [] : problemsOf(parsed.error, () => Object.keys(fileSchema.shape))),
    ...(cron?.problems ?? []).map((problem) => {
      const details = markedCron(String(typed.cron), problem);
      return { path: ['cron'], message: problem.message, details };
    }),
    ...(found?.problem ? [{ path: ['timezone'], message: found.problem }] : []),
    ...below(['export'], checked?.problems ?? []),
  ];
  const schedule = cron?.schedule;
  const request = checked?.request;
  if (!parsed.success || !schedule || !found?.zone || !request || problems.length > 0) {
    return { file: null, problems };
  }
  const { export: input, ...settings } = parsed.data;
  const catchupWindowMs = spanMs(settings.catchupWindow) ?? CATCHUP_MIN_MS;
  const file = { settings, schedule, zone: found.zone, catchupWindowMs, input, request };
  return { file, problems: [] };
}

/** The milliseconds of a span such as `15m`, or `null`. */
export function spanMs(text: string): number | null {
  const span = /^\d[\d.]* ?[a-z]+$/i.test(text) ? ms(text as ms.StringValue) : undefined;
  return typeof span === 'number' && Number.isFinite(span) ? span : null;
}

/** A cron text, and below it a mark under what is wrong. */
export function markedCron(text: string, { field, text: part }: CronProblem): string[] {
  const shown = text.replace(/[^\S ]|\p{C}/gu, '␣');
  const { start, length } = placeOf(text, field, part);
  return [shown, `${' '.repeat(start)}${'^'.repeat(Math.max(length, 1))}`];
}

function placeOf(text: string, field: CronProblem['field'], part: string) {
  const whole = { start: 0, length: text.length };
  if (field === 'cron') return whole;
  const fields = [...text.matchAll(/\S+/g)];
  const found = fields[FIELD_KEYS.indexOf(field)];
  if (found === undefined) return whole;
  // An item of a list may also be a part of the item before it.
  const items = found[0].split(',');
  const index = items.indexOf(part);
  const before = index < 1 ? 0 : items.slice(0, index).join(',').length + 1;
  return { start: found.index + before, length: part.length };
}
