import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockRemarks, occurrences } from '../../../src/schedules/cron/occurrences.ts';
import { runs } from '../../support/property-runs.ts';
import { cronExpression, schedule, zone } from './cron-expressions.ts';
import { walk } from './naive-cron.ts';

const DAY = 86_400_000;

/** Zones, and days near to which their clocks change, or some day where they do not. */
const PLACES: readonly [timezone: string, ...days: string[]][] = [
  ['UTC', '2028-02-28', '2026-12-31'],
  ['Asia/Kolkata', '2100-02-28'],
  ['Europe/Berlin', '2026-03-29', '2026-10-25'],
  ['America/New_York', '2026-03-08', '2026-11-01'],
  ['America/Sao_Paulo', '2018-02-18', '2018-11-04'],
  ['Australia/Lord_Howe', '2026-04-05', '2026-10-04'],
  ['Africa/Casablanca', '2025-02-23', '2025-04-06'],
  ['Asia/Beirut', '2026-03-29', '2026-10-25'],
  ['Antarctica/Troll', '2026-03-29', '2026-10-25'],
  ['America/St_Johns', '1988-04-03', '1988-10-30', '1990-10-28'],
  ['Pacific/Apia', '2011-12-30', '2011-04-02'],
  ['Pacific/Kwajalein', '1993-08-21'],
];
const place = fc.constantFrom(
  ...PLACES.flatMap(([name, ...days]) => days.map((day) => ({ name, day }))),
);

describe('a walk through the minutes, each decided by the text itself,', () => {
  it('finds the same runs, and the same of them twice', () => {
    fc.assert(
      fc.property(
        cronExpression,
        place,
        fc.integer({ min: 0, max: DAY }),
        (text, { name, day }, later) => {
          const from = Date.parse(day) - 2 * DAY + later;
          const to = from + 3 * DAY;
          const found = occurrences(schedule(text), zone(name), from);
          const ours = [];
          for (const run of found) {
            if (run.at >= to) break;
            ours.push(run);
          }
          const walked = walk(text, name, from, to);
          expect(ours.map(({ at, localTime }) => ({ at, localTime }))).toEqual(walked);
          // Near its ends the span may hold only one of two.
          const inner = ours.filter(({ at }) => at >= from + DAY / 4 && at < to - DAY / 4);
          const moments = Map.groupBy(walked, ({ localTime }) => localTime);
          expect(inner.map(({ ofTwo }) => ofTwo)).toEqual(
            inner.map(({ at, localTime }) => {
              const [one, another] = moments.get(localTime) ?? [];
              if (another === undefined) return null;
              return one?.at === at ? 'first' : 'second';
            }),
          );
        },
      ),
      runs(120),
    );
  });

  it('skips the same times', () => {
    fc.assert(
      fc.property(cronExpression, place, (text, { name, day }) => {
        const from = Date.parse(day) - 2 * DAY;
        const to = from + 4 * DAY;
        const seen = new Set(walk(text, name, from, to).map(({ localTime }) => localTime));
        // The times that a clock without changes would show; a day at each end may not be the zone's.
        const named = walk(text, 'UTC', from + DAY, to - DAY).map(({ localTime }) => localTime);
        const skipped = clockRemarks(schedule(text), zone(name), from, to)
          .filter(({ kind }) => kind === 'skipped')
          .map(({ localTime }) => localTime);
        const missing = named.filter((localTime) => !seen.has(localTime));
        expect(skipped).toEqual(expect.arrayContaining(missing));
        for (const localTime of skipped) expect(seen).not.toContain(localTime);
      }),
      runs(60),
    );
  });

  it('finds the same runs of two months, and none between them', () => {
    const zones = fc.constantFrom('Europe/Berlin', 'Australia/Lord_Howe');
    fc.assert(
      fc.property(cronExpression, zones, (text, name) => {
        const from = Date.UTC(2027, 8, 20);
        const to = Date.UTC(2027, 10, 20);
        const ours: number[] = [];
        for (const { at } of occurrences(schedule(text), zone(name), from)) {
          if (at >= to) break;
          ours.push(at);
        }
        expect(ours).toEqual(walk(text, name, from, to).map(({ at }) => at));
      }),
      runs(15),
    );
  });
});
