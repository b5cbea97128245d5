import { describe, expect, it } from 'vitest';
import { requestedWaitMs } from '../../src/http/requested-wait.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

describe('the wait that a response asks for', () => {
  it.each([
    [{ 'retry-after': '30' }, 30_000],
    [{ 'retry-after': ['30', '40'] }, 30_000],
    [{ 'retry-after': 'Sat, 21 Nov 2026 12:00:10 GMT' }, 10_000],
    [{ 'retry-after': 'Sat, 21 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '86400' }, 3_600_000],
    [{ 'x-ratelimit-retry-after': '7' }, 7_000],
    [{ 'x-ratelimit-reset': String(NOW / 1000 + 20) }, 20_000],
    [{ 'x-ratelimit-reset': '15' }, 15_000],
    [{ 'x-ratelimit-reset': String(NOW / 1000 - 20) }, 0],
    [{ 'retry-after': '5', 'x-ratelimit-reset': '60' }, 5_000],
    [{ 'retry-after': 'soon', 'x-ratelimit-reset': '60' }, 60_000],
    [{ 'retry-after': 'soon' }, null],
    [{ 'x-ratelimit-reset': '' }, null],
    [
      { date: 'Sat, 21 Nov 2026 09:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2026 09:00:10 GMT' },
      10_000,
    ],
    [{ date: 'today', 'retry-after': 'Sat, 21 Nov 2026 12:00:10 GMT' }, 10_000],
    [{}, null],
  ])('of %j is %s ms', (headers, waitMs) => {
    expect(requestedWaitMs({ status: 429, headers }, NOW)).toBe(waitMs);
  });

  const window = { 'x-ratelimit-retry-after': '7', 'x-ratelimit-reset': '3600' };
  it.each([
    [503, window, null],
    [423, { ...window, 'x-ratelimit-remaining': '249000' }, null],
    [503, { ...window, 'x-ratelimit-remaining': '0' }, 7_000],
    [503, { ...window, 'retry-after': '5' }, 5_000],
  ])('of a %i with %j is %s ms', (status, headers, waitMs) => {
    expect(requestedWaitMs({ status, headers }, NOW)).toBe(waitMs);
  });
});
