import { setTimeout as delay } from 'node:timers/promises';
import type { ExportError } from '../../domain/failures.ts';
import {
  type GiveUp,
  NOT_FAILING,
  type RetryState,
  recordFailure,
  retryOrGiveUp,
} from '../../domain/retry.ts';

/** Without a single success; then the attempt to stage fails, and the next one starts again. */
const GIVE_UP: GiveUp = { afterMs: 30 * 60 * 1000, setting: null };

/** Retries within a staging process, where Temporal's own retries are few, as each is costly. */
export class Retries {
  readonly #wait: (ms: number) => Promise<unknown>;
  readonly #state: RetryState = { ...NOT_FAILING };
  #triedSince = performance.now();

  /** @param wait for tests */
  constructor(wait: (ms: number) => Promise<unknown> = delay) {
    this.#wait = wait;
  }

  succeeded(): void {
    Object.assign(this.#state, NOT_FAILING);
  }

  /** Waits until it is time to try again. @throws the failure where that would not help (any more) */
  async afterFailure(failure: ExportError): Promise<void> {
    recordFailure(this.#state, performance.now() - this.#triedSince);
    const { retry } = retryOrGiveUp(failure, this.#state, GIVE_UP, Math.random());
    if (typeof retry !== 'object') throw failure;
    await this.#wait(retry.afterMs);
    this.#triedSince = performance.now();
  }
}
