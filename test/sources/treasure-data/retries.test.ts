import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExportError, type Retry } from '../../../src/domain/failures.ts';
import { Retries } from '../../../src/sources/treasure-data/retries.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const failure = (retry: Retry = 'backoff') => new ExportError('SourceUnavailable', 'busy', retry);

/** Time passes as it is waited for. */
function retries(): { waits: number[]; retries: Retries } {
  const waits: number[] = [];
  const wait = async (ms: number) => {
    waits.push(ms);
    vi.setSystemTime(Date.now() + ms);
  };
  return { waits, retries: new Retries(wait) };
}

describe('retries', () => {
  it('wait longer each time, and from the start after a success', async () => {
    const { waits, retries: tried } = retries();
    for (let i = 0; i < 3; i += 1) await tried.afterFailure(failure());
    tried.succeeded();
    await tried.afterFailure(failure());
    for (const [at, seconds] of [1, 2, 4, 1].entries()) {
      expect(waits[at]).toBeGreaterThanOrEqual(seconds * 750);
      expect(waits[at]).toBeLessThanOrEqual(seconds * 1_250);
    }
  });

  it('wait as long as a response asks for', async () => {
    const { waits, retries: tried } = retries();
    await tried.afterFailure(failure({ afterMs: 30_000 }));
    expect(waits[0]).toBeGreaterThanOrEqual(30_000);
  });

  it('end with the failure itself after half an hour', async () => {
    const { waits, retries: tried } = retries();
    const last = failure();
    const goOn = async () => {
      for (;;) await tried.afterFailure(last);
    };
    await expect(goOn()).rejects.toBe(last);
    const waited = waits.reduce((sum, ms) => sum + ms, 0);
    expect(waited).toBeGreaterThanOrEqual(30 * 60_000);
    expect(waited).toBeLessThan(32 * 60_000);
  });

  it('end at once where they would not help', async () => {
    const { waits, retries: tried } = retries();
    const refused = failure('never');
    await expect(tried.afterFailure(refused)).rejects.toBe(refused);
    expect(waits).toEqual([]);
  });
});
