import {
  DAY,
  EARLIEST,
  LATEST,
  type LocalTime,
  localTimeText,
  nextLocalTime,
} from './local-time.ts';
import type { CronSchedule } from './schedule.ts';
import type { Stretch, TimeZone } from './time-zone.ts';

/** A time at which a schedule runs. */
export interface Occurrence {
  /** In epoch milliseconds. */
  readonly at: number;
  /** What the clocks show then: `2026-10-25T02:30`. */
  readonly localTime: string;
  /** Which of two it is if the clocks show that time twice, else `null`. */
  readonly ofTwo: 'first' | 'second' | null;
}

/** A local time of a schedule that the clocks skip or show twice. */
export type ClockRemark =
  | {
      readonly kind: 'skipped';
      readonly localTime: string;
      /** When the clocks skip it, in epoch milliseconds. */
      readonly at: number;
    }
  | {
      readonly kind: 'doubled';
      readonly localTime: string;
      /** Both runs, in epoch milliseconds. */
      readonly at: readonly [first: number, second: number];
    };

/**
 * The scheduled times of a schedule, in order, by the clocks of a zone: none at a time that they skip,
 * two at one that they show twice. Ends with the year 9999, or at once if it runs only by hand.
 * @param from the first moment that counts, in epoch milliseconds
 * @throws RangeError if `from` is not in the years 1000–9999.
 */
export function* occurrences(
  schedule: CronSchedule,
  zone: TimeZone,
  from: number,
): Generator<Occurrence, void, undefined> {
  for (const { start, end, offset } of stretches(schedule, zone, from)) {
    let time = nextLocalTime(schedule, start + offset);
    while (time - offset < end && time - offset <= LATEST) {
      yield occurrence(zone, time - offset, time);
      time = nextLocalTime(schedule, time + 1);
    }
  }
}

/**
 * The local times of a schedule that a zone skips or shows twice, in order.
 * @param from in epoch milliseconds, included
 * @param to in epoch milliseconds, included
 * @throws RangeError if `from` is not in the years 1000–9999.
 */
export function clockRemarks(
  schedule: CronSchedule,
  zone: TimeZone,
  from: number,
  to: number,
): ClockRemark[] {
  const remarks: ClockRemark[] = [];
  // A doubled time belongs to the span with either of its two moments, so the change may lie outside.
  for (const { start, end, offset, offsetAfter } of stretches(schedule, zone, from - DAY)) {
    if (start > to + DAY) break;
    const [low, high] = [end + offset, end + offsetAfter].sort((a, b) => a - b);
    if (low === undefined || high === undefined) continue;
    let time = nextLocalTime(schedule, low);
    for (; time < high; time = nextLocalTime(schedule, time + 1)) {
      const localTime = localTimeText(time);
      if (offsetAfter > offset) {
        if (end >= from && end <= to) remarks.push({ kind: 'skipped', localTime, at: end });
      } else {
        const at = [time - offset, time - offsetAfter] as const;
        if (at.some((moment) => moment >= from && moment <= to)) {
          remarks.push({ kind: 'doubled', localTime, at });
        }
      }
    }
  }
  return remarks;
}

/** The stretches in which, or at whose end, the schedule may have a time. */
function* stretches(
  schedule: CronSchedule,
  zone: TimeZone,
  from: number,
): Generator<Stretch & { readonly start: number }> {
  if (!(from >= EARLIEST - DAY && from <= LATEST)) {
    throw new RangeError('Scheduled times are computed for the years 1000 to 9999 only.');
  }
  let start = from;
  while (start <= LATEST) {
    // No clock is a day off UTC, so nothing happens until a day before the next time in UTC.
    const next = nextLocalTime(schedule, start - DAY);
    if (next === Number.POSITIVE_INFINITY) return;
    start = Math.max(start, next - DAY);
    const stretch = zone.stretchAt(start);
    yield { start, ...stretch };
    start = stretch.end;
  }
}

function occurrence(zone: TimeZone, at: number, time: LocalTime): Occurrence {
  const [first, ...others] = zone.instantsOf(time);
  const ofTwo = others.length === 0 ? null : at === first ? 'first' : 'second';
  return { at, localTime: localTimeText(time), ofTwo };
}
