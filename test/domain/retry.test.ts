import { describe, expect, it } from 'vitest';
import { ExportError } from '../../src/domain/failures.ts';
import {
  NOT_FAILING,
  recordFailure,
  retryOrGiveUp,
  skipUnattended,
  spanText,
} from '../../src/domain/retry.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const giveUp = { afterMs: 6 * 3_600_000, setting: 'giveUpAfter' };
const busy = new ExportError('BrazeUnavailable', 'Braze answered 503.', 'backoff');

const retry = (
  failure: ExportError,
  {
    failures = 1,
    forMs = 0,
    random = 0,
  }: { failures?: number; forMs?: number; random?: number } = {},
) =>
  retryOrGiveUp(failure, { ...NOT_FAILING, failures, failingSince: NOW - forMs }, giveUp, {
    nowMs: NOW,
    random,
  });

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
    const given = retry(busy, { forMs: giveUp.afterMs });
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

it('the time counts from the first failure since the last success', () => {
  const state = { ...NOT_FAILING };
  recordFailure(state, NOW);
  recordFailure(state, NOW + 5_000);
  expect(state).toEqual({ failures: 2, failingSince: NOW, retryAt: null });
});

it('the time in which no worker tried does not count', () => {
  const state = { failures: 1, failingSince: NOW, retryAt: NOW + 1_000 };
  const morning = NOW + 14 * 3_600_000;
  skipUnattended(state, morning);
  recordFailure(state, morning + 1_000);
  expect(morning + 1_000 - (state.failingSince ?? 0)).toBe(2_000);
});

it('the time in which no worker tried is left out once, however many attempts are lost', () => {
  const state = { failures: 1, failingSince: NOW, retryAt: NOW + 1_000 };
  for (const hours of [14, 15, 16]) skipUnattended(state, NOW + hours * 3_600_000);
  expect(state.failingSince).toBe(NOW + 14 * 3_600_000 - 1_000);
});

it('the time until an attempt counts, also where it is a little late', () => {
  const state = { failures: 1, failingSince: NOW, retryAt: NOW + 3_600_000 };
  skipUnattended(state, NOW + 3_600_000 + 60_000);
  expect(state.failingSince).toBe(NOW);
});

it.each([
  [21_600_000, '6 h'],
  [900_000, '15 min'],
  [90_000, '90 s'],
  [5_400_000, '90 min'],
])('%i ms is written %s', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});
