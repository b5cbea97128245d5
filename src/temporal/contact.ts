import type { NativeConnection } from '@temporalio/worker';

/** Below the 15 s after which Temporal gives a silent chunk to another worker, with room for both clocks. */
const LEASE_MS = 9_000;
const PROBE_EVERY_MS = 2_000;
const LOOK_EVERY_MS = 500;
const PROBE_TIMEOUT_MS = 3_000;

/**
 * Whether this worker is still in touch with Temporal. One that is cut off, but not from Braze, must
 * stop sending before Temporal hands its chunks to another worker.
 */
export class TemporalContact implements Disposable {
  readonly #probe: () => Promise<unknown>;
  readonly #timers: NodeJS.Timeout[];
  #provenAt = performance.now();
  #isProbing = false;
  #lost = new AbortController();

  constructor(probe: () => Promise<unknown>) {
    this.#probe = probe;
    this.#timers = [
      setInterval(() => void this.#prove(), PROBE_EVERY_MS),
      setInterval(() => this.#look(), LOOK_EVERY_MS),
    ];
    for (const timer of this.#timers) timer.unref();
  }

  /** Aborted while there is no contact. Read it again for each request: a lost one stays aborted. */
  get signal(): AbortSignal {
    this.#look();
    return this.#lost.signal;
  }

  async #prove(): Promise<void> {
    if (this.#isProbing) return;
    this.#isProbing = true;
    // What counts is when Temporal was asked: the response may have been delayed.
    const askedAt = performance.now();
    try {
      await this.#probe();
      this.#provenAt = askedAt;
      if (this.#lost.signal.aborted) this.#lost = new AbortController();
    } catch {
      // Losing contact is what this class detects: the lease expires by itself.
    } finally {
      this.#isProbing = false;
    }
  }

  #look(): void {
    if (performance.now() - this.#provenAt > LEASE_MS) this.#lost.abort();
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer);
  }
}

/** A cheap call to Temporal, which rejects within seconds if it cannot be reached. */
export async function probe(connection: NativeConnection): Promise<void> {
  const deadline = Date.now() + PROBE_TIMEOUT_MS;
  await connection.withDeadline(deadline, () => connection.workflowService.getSystemInfo({}));
}
