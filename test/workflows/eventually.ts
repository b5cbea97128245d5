import { eventually as wait } from '../support/wait.ts';

/** Some of what these tests wait for takes 50 s by itself: a heartbeat that does not come. */
const PATIENCE_MS = 120_000;

/** As in other tests, with more patience. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return wait(check, PATIENCE_MS);
}
