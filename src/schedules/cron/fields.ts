/** A field of a cron text, and the values it takes. */
export interface CronField {
  readonly key: FieldKey;
  /** As people call it: `day of month`. */
  readonly label: string;
  readonly first: number;
  readonly last: number;
  /** The names of its values, from the first on; none where numbers are the only way. */
  readonly names: readonly string[];
  /** What is allowed, in words: `0–6 or sun–sat`. */
  readonly allowed: string;
}

export type FieldKey = 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek';

/** What is wrong with a cron text, and where. */
export interface CronProblem {
  /** `cron` where it is the text as a whole. */
  readonly field: FieldKey | 'cron';
  /** The part of the text that is wrong. */
  readonly text: string;
  /** A whole line: the field, the text, what is wrong, and the cure. */
  readonly message: string;
}

const MONTH_NAMES = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAY_NAMES = 'sun mon tue wed thu fri sat'.split(' ');

/** The five fields in the order in which they are written. */
export const FIELDS = {
  minute: field('minute', 'minute', 0, 59),
  hour: field('hour', 'hour', 0, 23),
  dayOfMonth: field('dayOfMonth', 'day of month', 1, 31),
  month: field('month', 'month', 1, 12, MONTH_NAMES),
  dayOfWeek: field('dayOfWeek', 'day of week', 0, 6, DAY_NAMES),
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
