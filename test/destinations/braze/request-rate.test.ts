import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RequestRate } from '../../../src/destinations/braze/request-rate.ts';

const never = new AbortController().signal;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** How many of `requests` were let through after each of the given times, in milliseconds. */
async function letThrough(rate: RequestRate, requests: number, times: number[]): Promise<number[]> {
  let through = 0;
  for (let i = 0; i < requests; i += 1) void rate.take(never).then(() => (through += 1));
  const counts: number[] = [];
  let now = 0;
  for (const time of times) {
    await vi.advanceTimersByTimeAsync(time - now);
    now = time;
    counts.push(through);
  }
  return counts;
}

describe('the rate of requests', () => {
  it('lets a minute of the hour through at once, and no more in that minute', async () => {
    const counts = await letThrough(new RequestRate(600), 25, [0, 59_000, 61_000, 155_000]);
    expect(counts.slice(0, 2)).toEqual([10, 10]);
    expect(counts[2]).toBeLessThanOrEqual(20);
    expect(counts[3]).toBe(25);
  });

  it('spreads out what is less than one a minute', async () => {
    const counts = await letThrough(new RequestRate(30), 3, [0, 119_000, 121_000, 241_000]);
    expect(counts).toEqual([1, 1, 2, 3]);
  });

  it('never lets more through in an hour than it may', async () => {
    const [atOnce = 0, anHour = 0] = await letThrough(new RequestRate(120), 500, [0, 3_599_000]);
    expect(atOnce).toBe(2);
    expect(anHour).toBeLessThanOrEqual(120);
    expect(anHour).toBeGreaterThan(100);
  });

  it('lets a waiting request go when it is aborted', async () => {
    const rate = new RequestRate(1);
    await rate.take(never);
    const abort = new AbortController();
    const waiting = rate.take(abort.signal);
    abort.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    await expect(rate.take(abort.signal)).rejects.toThrow('cancelled');
  });
});
