import { setTimeout as delay } from 'node:timers/promises';
import type { ExportError } from '../../domain/failures.ts';
import { type GiveUp, retryOrGiveUp } from '../../domain/retry.ts';

/** Without a single success; then the attempt to stage fails, and the next one begins anew. */
const GIVE_UP: GiveUp = { afterMs: 30 * 60 * 1000, setting: null };

/** Rides out in a staging process what may pass: Temporal's retries are few there, as each is costly. */
export class Retries {
  readonly #wait: (ms: number) => Promise<unknown>;
  #failures = 0;
  #failingSince: number | null = null;

  /** @param wait for tests */
  constructor(wait: (ms: number) => Promise<unknown> = delay) {
    this.#wait = wait;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#failingSince = null;
  }

  /** Waits until it is time to try again. @throws the failure where that would not help (any more) */
  async afterFailure(failure: ExportError): Promise<void> {
    this.#failures += 1;
    this.#failingSince ??= Date.now();
    const withoutSuccessMs = Date.now() - this.#failingSince;
    if (failure.retry === 'never' || withoutSuccessMs >= GIVE_UP.afterMs) throw failure;
    const patience = { failures: this.#failures, withoutSuccessMs, giveUp: GIVE_UP };
    const { retry } = retryOrGiveUp(failure, patience, Math.random());
    if (typeof retry === 'object') await this.#wait(retry.afterMs);
  }
}
