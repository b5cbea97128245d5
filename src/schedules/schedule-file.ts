import { z } from 'zod';
import { duration } from '../domain/config-checks.ts';
import { checkExport, type ExportRequest, type ExportTypes } from '../domain/export-input.ts';
import { must, mustBePrintable, whatStandsThere } from '../domain/input-checks.ts';
import { nearestNames } from '../domain/nearest.ts';
import { below, fieldsOf, isMapping, type Problem, problemsOf } from '../domain/problems.ts';
import type { AppliedSchedule } from '../domain/schedule-pausing.ts';
import { findTimeZone } from './cron/find-time-zone.ts';
import { markedCron } from './cron/marked-cron.ts';
import { parseCron } from './cron/parse.ts';
import type { CronSchedule } from './cron/schedule.ts';
import type { TimeZone } from './cron/time-zone.ts';

/** Temporal allows 1,000 bytes, and the id of each run has the scheduled time appended. */
const ID_MAX_BYTES = 500;
/** Temporal replaces a shorter one by this. */
const CATCHUP_MIN_MS = 10_000;
/** Ten years: anything longer is a typing error. */
const CATCHUP_MAX_MS = 3_650 * 86_400_000;

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

const SPAN = 'a time span such as 30s, 15m, 1h or 7d';

const scheduleId = z
  .string(must('text'))
  .refine((id) => id.trim() !== '', 'must not be empty')
  .superRefine(mustBePrintable)
  .refine(
    (id) => new TextEncoder().encode(id).length <= ID_MAX_BYTES,
    `must have at most ${ID_MAX_BYTES} bytes`,
  );

const catchupWindow = z.string(must(SPAN)).superRefine((text, context) => {
  const span = spanMs(text);
  if (span === null) context.addIssue(`must be ${SPAN}`);
  else if (span < CATCHUP_MIN_MS) context.addIssue("must be at least 10s, Temporal's minimum");
  else if (span > CATCHUP_MAX_MS) context.addIssue('must be at most 3650d');
});

const fileSchema = z.strictObject(
  {
    scheduleId,
    cron: z.string(must('text such as "0 3 * * *", or "" to run only by hand')),
    timezone: z.string(must('the name of a time zone, such as Asia/Tokyo')).default('UTC'),
    overlap: z.enum(['skip', 'bufferOne'], 'must be skip or bufferOne').default('skip'),
    catchupWindow: catchupWindow.default('1h'),
    pauseAfterFailures: z
      .int(must('a whole number, 0 or more'))
      .min(0, must('a whole number, 0 or more'))
      .default(3),
    export: z.unknown().optional(),
  },
  must('a mapping with scheduleId, cron and export'),
);

const FIELDS = Object.keys(fileSchema.shape);

/** Checks what a schedule file holds; every problem is reported. */
export function checkScheduleFile(value: unknown, types: ExportTypes): CheckedScheduleFile {
  const typed = fieldsOf(value);
  const outdented = outdentedFields(typed);
  const parsed = fileSchema.safeParse(without(outdented, value));
  const cron = typeof typed.cron === 'string' ? parseCron(typed.cron) : null;
  const { timezone = 'UTC' } = typed;
  const found = typeof timezone === 'string' ? findTimeZone(timezone) : null;
  const checked = isMapping(typed.export) ? checkExport(typed.export, types) : null;
  const exportProblems = !isMapping(value)
    ? []
    : checked === null
      ? [noExport(typed.export, outdented)]
      : below(['export'], checked.problems);
  const problems: Problem[] = [
    ...(parsed.success ? [] : problemsOf(parsed.error, () => FIELDS)),
    ...(cron?.problems ?? []).map((problem) => {
      const details = markedCron(String(typed.cron), problem);
      return { path: ['cron'], message: problem.message, details };
    }),
    ...(found?.problem ? [{ path: ['timezone'], message: found.problem }] : []),
    ...exportProblems,
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

/**
 * The fields of an export that are not indented under `export:`, so that YAML takes them for the file's
 * own. A name that resembles one of the file's is a misspelling of that.
 */
function outdentedFields(typed: Readonly<Record<string, unknown>>): string[] {
  if (typed.export !== undefined && typed.export !== null) return [];
  return Object.keys(typed).filter(
    (key) => !FIELDS.includes(key) && nearestNames(key, FIELDS).length === 0,
  );
}

function without(keys: readonly string[], value: unknown): unknown {
  if (!isMapping(value) || keys.length === 0) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

function noExport(found: unknown, outdented: readonly string[]): Problem {
  const standsThere = found === null ? 'is empty' : whatStandsThere(found);
  const message =
    outdented.length === 0
      ? `must be a mapping with source, cohortId and operation, but ${standsThere}`
      : `${standsThere}; indent the fields of the export under it: ${outdented.join(', ')}`;
  return { path: ['export'], message };
}

/** The milliseconds of a span such as `15m`, or `null`. */
export function spanMs(text: string): number | null {
  return duration.safeParse(text).data ?? null;
}
