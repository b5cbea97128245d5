import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RequestRate } from '../../../src/destinations/braze/request-rate.ts';
import { NaiveRate } from './naive-rate.ts';

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
  it("lets through a minute's worth of requests at once, and no more in that minute", async () => {
    const counts = await letThrough(new RequestRate(600), 25, [0, 59_000, 61_000, 155_000]);
    expect(counts.slice(0, 2)).toEqual([10, 10]);
    expect(counts[2]).toBeLessThanOrEqual(20);
    expect(counts[3]).toBe(25);
  });

  it('spreads out less than one request a minute', async () => {
    const counts = await letThrough(new RequestRate(30), 3, [0, 119_000, 121_000, 241_000]);
    expect(counts).toEqual([1, 1, 2, 3]);
  });

  it('never exceeds the hourly limit', async () => {
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

  it('gives the place of an aborted request to the next', async () => {
    const rate = new RequestRate(1);
    await rate.take(never);
    const abort = new AbortController();
    const aborted = rate.take(abort.signal);
    const left = vi.fn();
    void rate.take(never).then(left);
    abort.abort(new Error('cancelled'));
    await expect(aborted).rejects.toThrow('cancelled');
    await vi.advanceTimersByTimeAsync(3_599_999);
    expect(left).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(left).toHaveBeenCalledOnce();
  });

  it.each([1, 10, 60])(
    'lets %i an hour through to more lanes than that, of which many leave and return, and each has its turn',
    async (requestsPerHour) => {
      const rate = new RequestRate(requestsPerHour * 0.99);
      const lanes = 2 * requestsPerHour;
      const sent = Array.from({ length: lanes }, () => 0);
      const end = new AbortController();
      const lane = async (index: number) => {
        while (!end.signal.aborted) {
          // Every other one gives up its place every half hour, as one does that is handed over.
          const leave = AbortSignal.any([end.signal, index % 2 === 0 ? never : halfHours.signal]);
          const went = await rate.take(leave).then(
            () => 1,
            () => 0,
          );
          sent[index] = (sent[index] ?? 0) + went;
        }
      };
      let halfHours = new AbortController();
      const running = sent.map((_, index) => lane(index));
      for (let i = 0; i < 12 * 2; i += 1) {
        await vi.advanceTimersByTimeAsync(1_800_000);
        const last = halfHours;
        halfHours = new AbortController();
        last.abort();
      }
      end.abort();
      await Promise.all(running);
      const total = sent.reduce((sum, each) => sum + each, 0);
      expect(total).toBeGreaterThan(12 * requestsPerHour * 0.97);
      expect(total).toBeLessThanOrEqual(12 * requestsPerHour);
      for (const [index, each] of sent.entries()) {
        if (index % 2 === 0) expect(each).toBeGreaterThanOrEqual(Math.floor(total / lanes) - 1);
      }
    },
  );

  it("releases waiting requests evenly, and a minute's worth at once after a pause", async () => {
    const rate = new RequestRate(600);
    expect(await letThrough(rate, 12, [0, 60_000, 65_000, 66_000])).toEqual([10, 11, 11, 12]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await letThrough(rate, 10, [0])).toEqual([10]);
  });

  it('does not depend on the system clock', async () => {
    const rate = new RequestRate(60);
    await rate.take(never);
    vi.setSystemTime(Date.now() + 24 * 3_600_000);
    expect(await letThrough(rate, 1, [59_000, 60_000])).toEqual([0, 1]);
  });

  it('does not keep the process alive', async () => {
    vi.useRealTimers();
    const module = new URL('../../../src/destinations/braze/request-rate.ts', import.meta.url);
    const script = `
      import { RequestRate } from ${JSON.stringify(module.href)};
      const rate = new RequestRate(1);
      for (const _ of [1, 2]) void rate.take(new AbortController().signal).then(() => console.log('left'));`;
    const node = promisify(execFile);
    const { stdout } = await node(process.execPath, ['--input-type=module', '--eval', script], {
      timeout: 30_000,
    });
    expect(stdout).toBe('left\n');
  });

  it('holds in each hour, whatever the rate and whenever requests come', async () => {
    const bursts = fc.array(
      fc.record({ afterMs: fc.integer({ min: 0, max: 3_600_000 }), requests: fc.nat(150) }),
      { minLength: 1, maxLength: 4 },
    );
    // A window of 40.2 s would fit 89.5 times into the hour, and each may hold two.
    const partWindow = Array.from({ length: 91 }, () => ({ afterMs: 40_300, requests: 2 }));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), bursts, async (requestsPerHour, given) => {
        const rate = new RequestRate(requestsPerHour);
        const leftAt: number[] = [];
        for (const { afterMs, requests } of given) {
          await vi.advanceTimersByTimeAsync(afterMs);
          for (let i = 0; i < requests; i += 1) {
            void rate.take(never).then(() => leftAt.push(performance.now()));
          }
        }
        await vi.advanceTimersByTimeAsync(2 * 3_600_000);
        const tooSoon = leftAt.filter((at, i) => {
          const before = leftAt[i - requestsPerHour];
          return before !== undefined && at - before < 3_600_000;
        });
        expect(tooSoon).toEqual([]);
      }),
      { numRuns: 30, examples: [[179, partWindow]] },
    );
  });

  it('equals that of a model that counts each second', async () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 12 }) }) },
        { weight: 3, arbitrary: fc.record({ advance: fc.integer({ min: 1, max: 200 }) }) },
        { weight: 2, arbitrary: fc.record({ abort: fc.nat(60) }) },
        { weight: 1, arbitrary: fc.record({ pause: fc.integer({ min: 1, max: 100 }) }) },
      ),
      { maxLength: 40 },
    );
    const rates = fc.constantFrom(1, 4, 10, 20, 60, 120, 240, 600);
    await fc.assert(
      fc.asyncProperty(rates, steps, async (requestsPerHour, given) => {
        const startedAt = performance.now();
        const rate = new RequestRate(requestsPerHour);
        const model = new NaiveRate(requestsPerHour);
        const left: typeof model.left = [];
        const aborts: AbortController[] = [];
        for (const step of [...given, { advance: 4_000 }]) {
          if ('take' in step) {
            for (let i = 0; i < step.take; i += 1) {
              const id = aborts.push(new AbortController()) - 1;
              const leave = () => left.push({ id, at: (performance.now() - startedAt) / 1_000 });
              void rate.take((aborts[id] as AbortController).signal).then(leave, () => undefined);
              model.take(id);
            }
          } else if ('abort' in step) {
            aborts[step.abort]?.abort();
            model.abort(step.abort);
          } else if ('pause' in step) {
            rate.pause(step.pause * 1_000);
            model.pause(step.pause);
          } else {
            await vi.advanceTimersByTimeAsync(step.advance * 1_000);
            model.advance(step.advance);
          }
          await vi.advanceTimersByTimeAsync(0);
        }
        expect(left).toEqual(model.left);
      }),
    );
  });
});
