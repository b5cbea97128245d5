import { describe, expect, it } from 'vitest';
import { ExportError } from '../../src/domain/failures.ts';
import { NOT_FAILING, recordFailure, retryOrGiveUp, spanText } from '../../src/domain/retry.ts';

const giveUp = { afterMs: 6 * 3_600_000, setting: 'giveUpAfter' };
const busy = new ExportError('BrazeUnavailable', 'Braze answered 503.', 'backoff');

const retry = (
  failure: ExportError,
  {
    failures = 1,
    forMs = 0,
    random = 0,
  }: { failures?: number; forMs?: number; random?: number } = {},
) => retryOrGiveUp(failure, { ...NOT_FAILING, failures, failingForMs: forMs }, giveUp, random);

describe('a retry', () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [6, 32_000],
    [7, 60_000],
    [500, 60_000],
  ])('after failure %i comes about %i ms later', (failures, about) => {
    for (const random of [0, 0.5, 1]) {
      const again = retry(busy, { failures, random });
      expect(again.retry).toEqual({ afterMs: about * (0.75 + random / 2) });
    }
  });

  it('waits at least as long as requested, and not equally long in all lanes', () => {
    const told = new ExportError('BrazeUnavailable', 'wait', { afterMs: 30_000 });
    expect(retry(told).retry).toEqual({ afterMs: 30_000 });
    expect(retry(told, { random: 1 }).retry).toEqual({ afterMs: 31_000 });
  });

  it('backs off, however short the wait that is asked for', () => {
    const told = new ExportError('BrazeUnavailable', 'wait', { afterMs: 0 });
    expect(retry(told, { failures: 7 }).retry).toEqual({ afterMs: 45_000 });
    expect(retry(told, { failures: 7, random: 1 }).retry).toEqual({ afterMs: 75_000 });
  });

  it('ends when nothing was accepted for too long', () => {
    const given = retry(busy, { failures: 2, forMs: giveUp.afterMs });
    expect(given.retry).toBe('never');
    expect(given.type).toBe('BrazeUnavailable');
    expect(given.message).toContain('for 6 h');
    expect(given.message).toContain('Braze answered 503.');
  });

  it('does not happen where it cannot help', () => {
    const refused = new ExportError('BrazeRejected', 'no');
    expect(retry(refused)).toBe(refused);
  });
});

it('the time counts from the first failure since the last success, with the waits and the attempts', () => {
  const state = { ...NOT_FAILING };
  recordFailure(state, 3_600_000);
  retryOrGiveUp(busy, state, giveUp, 0.5);
  expect(state).toEqual({ failures: 1, failingForMs: 0, waitMs: 1_000 });
  recordFailure(state, 5_000);
  retryOrGiveUp(busy, state, giveUp, 0.5);
  expect(state).toEqual({ failures: 2, failingForMs: 6_000, waitMs: 2_000 });
  recordFailure(state, 60_000);
  expect(state).toMatchObject({ failures: 3, failingForMs: 68_000 });
});

it('a first failure never gives up, however long its attempt took', () => {
  const state = { ...NOT_FAILING };
  recordFailure(state, 30 * 24 * 3_600_000);
  const { retry: next } = retryOrGiveUp(busy, state, { ...giveUp, afterMs: 0 }, 0);
  expect(next).toEqual({ afterMs: 750 });
});

it('retries that wait their time end at giveUpAfter', () => {
  const state = { ...NOT_FAILING };
  let passedMs = 0;
  for (let next = busy; next.retry !== 'never'; ) {
    recordFailure(state, 60_000);
    next = retryOrGiveUp(busy, state, giveUp, 0.5);
    if (next.retry !== 'never') passedMs += state.waitMs + 60_000;
  }
  expect(passedMs).toBeGreaterThanOrEqual(giveUp.afterMs);
  expect(passedMs).toBeLessThan(giveUp.afterMs + 120_000);
});

it.each([
  [21_600_000, '6 h'],
  [900_000, '15 min'],
  [90_000, '90 s'],
  [5_400_000, '90 min'],
])('%i ms is written %s', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});
