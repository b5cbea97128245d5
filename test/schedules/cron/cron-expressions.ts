import fc from 'fast-check';
import { findTimeZone } from '../../../src/schedules/cron/find-time-zone.ts';
import { parseCron } from '../../../src/schedules/cron/parse.ts';
import type { CronSchedule } from '../../../src/schedules/cron/schedule.ts';
import type { TimeZone } from '../../../src/schedules/cron/time-zone.ts';

/** The first of many. */
export function first<T>(count: number, many: Iterable<T>): T[] {
  const found: T[] = [];
  for (const one of many) {
    if (found.length === count) break;
    found.push(one);
  }
  return found;
}

/** The schedule of a text that is valid, or a failed test. */
export function schedule(text: string): CronSchedule {
  const parsed = parseCron(text);
  if (parsed.schedule === null) throw new Error(parsed.problems.map((p) => p.message).join('\n'));
  return parsed.schedule;
}

/** The zone of a name that is known, or a failed test. */
export function zone(name: string): TimeZone {
  const found = findTimeZone(name);
  if (found.zone === null) throw new Error(found.problem);
  return found.zone;
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun mon tue wed thu fri sat'.split(' ');

/** Texts of the dialect that run at some time. */
export const cronExpression: fc.Arbitrary<string> = fc
  .tuple(
    field(0, 59),
    field(0, 23),
    field(1, 31),
    fc.oneof({ weight: 3, arbitrary: fc.constant('*') }, field(1, 12, MONTHS)),
    field(0, 6, DAYS),
  )
  .map((fields) => fields.join(' '))
  .filter((text) => parseCron(text).schedule !== null);

function field(first: number, last: number, names: readonly string[] = []): fc.Arbitrary<string> {
  const number = fc.integer({ min: first, max: last });
  const written = (value: number) => {
    const name = names[value - first];
    if (name === undefined) return fc.constant(String(value));
    return fc.constantFrom(String(value), name, name.toUpperCase());
  };
  const item = fc.oneof(
    number.chain(written),
    fc
      .tuple(number, number)
      .chain(([a, b]) => fc.tuple(written(Math.min(a, b)), written(Math.max(a, b))))
      .map((ends) => ends.join('-')),
    fc.integer({ min: 1, max: last + 2 }).map((n) => `*/${n}`),
  );
  return fc.oneof(
    fc.constant('*'),
    fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(',')),
  );
}
