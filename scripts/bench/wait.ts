import { setTimeout as delay } from 'node:timers/promises';

const GIVE_UP_AFTER_MS = 120_000;

/** Polls until there is a value; the error names `what` if none comes. */
export async function waitFor<T>(
  what: string,
  everyMs: number,
  look: () => Promise<T | null>,
): Promise<T> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < GIVE_UP_AFTER_MS) {
    const found = await look();
    if (found !== null) return found;
    await delay(everyMs);
  }
  throw new Error(`timed out after ${GIVE_UP_AFTER_MS / 1_000} s waiting for ${what}`);
}
