import { setTimeout as delay } from 'node:timers/promises';

/** Longer than any busy machine needs, and shorter than a test may take: its error says more. */
const PATIENCE_MS = 90_000;
/** Soon after the start, and then more seldom: what is asked often keeps the asked from its work. */
const FIRST_INTERVAL_MS = 50;
const LONGEST_INTERVAL_MS = 500;
const GROWTH = 1.2;

/**
 * Tries again until the check does not throw, and resolves to what it gave. `vi.waitFor` gives up
 * after a second, and `expect.poll` is not for tests that run side by side, nor for
 * programs without Vitest.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (
    let interval = FIRST_INTERVAL_MS;
    ;
    interval = Math.min(interval * GROWTH, LONGEST_INTERVAL_MS)
  ) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(interval);
    }
  }
}
