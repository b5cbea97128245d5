import { expect, it } from 'vitest';
import { isFailedAttempt, isNotified } from '../../src/domain/failed-attempt.ts';

it('a run is notified of ever fewer attempts', () => {
  const attempts = Array.from({ length: 100 }, (_, index) => index + 1);
  expect(attempts.filter(isNotified)).toEqual([2, 4, 8, 16, 32, 64]);
});

const FAILED = {
  activity: 'sendChunk',
  attempt: 4,
  message: 'Braze did not respond.',
  at: '2026-11-29T12:00:00.000Z',
  nextAt: null,
};

it.each([FAILED, { ...FAILED, nextAt: '2026-11-29T12:01:00.000Z' }])(
  'a signal carries %j',
  (one) => {
    expect(isFailedAttempt(one)).toBe(true);
  },
);

it.each([
  undefined,
  null,
  'sendChunk',
  {},
  { ...FAILED, attempt: 'four' },
  { ...FAILED, at: 'now' },
  { ...FAILED, nextAt: undefined },
  { ...FAILED, nextAt: 'soon' },
  { ...FAILED, message: 7 },
])('a signal that somebody sent by hand is none: %j', (other) => {
  expect(isFailedAttempt(other)).toBe(false);
});
