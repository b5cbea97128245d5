import { setTimeout as delay } from 'node:timers/promises';

/** Longer than any busy machine needs, and shorter than a test may take: its error says more. */
const PATIENCE_MS = 45_000;
const INTERVAL_MS = 50;

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
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(INTERVAL_MS);
    }
  }
}
