import { MONTHS, shortName, WEEKDAYS } from './names.ts';

/** A field of a cron expression, and the values it takes. */
export interface CronField {
  readonly key: FieldKey;
  /** As people call it: `day of month`. */
  readonly label: string;
  readonly first: number;
  readonly last: number;
  /** The names of its values, from the first on; none if it takes numbers only. */
  readonly names: readonly string[];
  /** What is allowed, in words: `0–6 or sun–sat`. */
  readonly allowed: string;
}

export type FieldKey = 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek';

/** What is wrong with a cron expression, and where. */
export interface CronProblem {
  /** `cron` for the expression as a whole. */
  readonly field: FieldKey | 'cron';
  /** The part of the text that is wrong. */
  readonly text: string;
  /** A whole line: the field, the text, what is wrong, and what to write. */
  readonly message: string;
}

const written = (name: string) => shortName(name).toLowerCase();

/** The five fields in the order in which they are written. */
export const FIELDS = {
  minute: field('minute', 'minute', 0, 59),
  hour: field('hour', 'hour', 0, 23),
  dayOfMonth: field('dayOfMonth', 'day of month', 1, 31),
  month: field('month', 'month', 1, 12, MONTHS.map(written)),
  dayOfWeek: field('dayOfWeek', 'day of week', 0, 6, WEEKDAYS.map(written)),
} as const;

export const FIELD_KEYS = Object.keys(FIELDS) as readonly FieldKey[];

/** Every value of a field, ascending. */
export function everyValue({ first, last }: CronField): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** The stretches of consecutive values in an ascending list, as their first and last values. */
export function runsOf(values: readonly number[]): [first: number, last: number][] {
  const runs: [number, number][] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === value - 1) run[1] = value;
    else runs.push([value, value]);
  }
  return runs;
}

function field(
  key: FieldKey,
  label: string,
  first: number,
  last: number,
  names: readonly string[] = [],
): CronField {
  const named = names.length === 0 ? '' : ` or ${names[0]}–${names.at(-1)}`;
  return { key, label, first, last, names, allowed: `${first}–${last}${named}` };
}
