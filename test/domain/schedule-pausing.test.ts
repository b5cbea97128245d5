import { describe, expect, it } from 'vitest';
import {
  type FailureStreak,
  mustPause,
  pausedNote,
  type ScheduleState,
  streakAfter,
} from '../../src/domain/schedule-pausing.ts';

const at = (hour: number) => `2026-11-22T0${hour}:00:00.000Z`;
const running: ScheduleState = { paused: false, createdAt: at(0) };
const fails = (type: string, hour: number, previous: FailureStreak | null, schedule = running) =>
  streakAfter(previous, { type, at: at(hour) }, schedule);
const two: FailureStreak = { failures: 2, since: at(1), last: at(2), paused: false };

describe('the failures of a schedule’s runs', () => {
  it.each([
    'InvalidExport',
    'UnknownConnection',
    'SourceUnauthorized',
    'BrazeUnauthorized',
    'BrazeRejected',
    'OtherDestinationRejected',
    'MissingColumns',
    'QueryFailed',
  ])('count where retrying cannot cure them: %s', (type) => {
    expect(fails(type, 3, two)).toEqual({ ...two, failures: 3, last: at(3) });
    expect(fails(type, 3, null)).toEqual({
      failures: 1,
      since: at(3),
      last: at(3),
      paused: false,
    });
  });

  it.each(['InvalidRecord', 'SourceUnavailable', 'BrazeUnavailable', 'StagingFailed', 'other'])(
    'are not counted where they may pass by themselves: %s',
    (type) => {
      expect(fails(type, 3, two)).toEqual(two);
      expect(fails(type, 3, null)).toBeNull();
    },
  );

  it('are counted from zero when the schedule was created again', () => {
    const later = { paused: false, createdAt: at(3) };
    expect(fails('QueryFailed', 4, two, later)?.failures).toBe(1);
    expect(fails('BrazeUnavailable', 4, two, later)).toBeNull();
    const before = { paused: false, createdAt: at(1) };
    expect(fails('QueryFailed', 4, two, before)?.failures).toBe(3);
  });

  it('are counted from zero when the schedule was resumed elsewhere', () => {
    const paused = { ...two, paused: true };
    expect(fails('QueryFailed', 4, paused)?.failures).toBe(1);
    expect(fails('QueryFailed', 4, paused, { ...running, paused: true })?.failures).toBe(3);
  });

  it('pause it at the limit, and not again', () => {
    expect(mustPause('QueryFailed', two, 2, running)).toBe(true);
    expect(mustPause('QueryFailed', two, 3, running)).toBe(false);
    expect(mustPause('QueryFailed', two, 0, running)).toBe(false);
    expect(mustPause('QueryFailed', two, 2, { paused: true })).toBe(false);
    expect(mustPause('BrazeUnavailable', two, 2, running)).toBe(false);
  });
});

describe('a schedule’s note', () => {
  it('says why it is paused, since when, and how to resume', () => {
    const failure = { type: 'QueryFailed', message: 'No file matches "x.csv".' };
    expect(pausedNote('vip-daily', two, failure)).toBe(
      `Paused automatically: 2 consecutive runs failed since ${at(1)}, and retrying cannot help. Last failure: QueryFailed: No file matches "x.csv". After fixing it: npm run schedule -- resume vip-daily`,
    );
  });
});
