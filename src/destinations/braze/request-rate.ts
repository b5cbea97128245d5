const WINDOWS_PER_HOUR = 60;
/** Each request of a window is remembered. */
const LARGEST_WINDOW = 10_000;
const HOUR_MS = 60 * 60 * 1000;

/**
 * The pace of all requests of a connection in this process. In any hour at most `requestsPerHour`
 * leave, rounded up where it is a fraction: a minute's share at once, so that a small export does not wait, and then evenly. Where an
 * hour has fewer than 60, they leave one at a time.
 */
export class RequestRate {
  readonly #windowMs: number;
  readonly #spacingMs: number;
  /** When the last requests left: a ring, whose oldest is at `#oldest` and is replaced next. */
  readonly #departures: Float64Array;
  #oldest = 0;
  /** Those that wait leave in order; an aborted one leaves no gap. */
  readonly #waiting = new Set<() => void>();
  #evenlyFromMs = Number.NEGATIVE_INFINITY;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(requestsPerHour: number) {
    const share = Math.floor(requestsPerHour / WINDOWS_PER_HOUR);
    const limit = Math.min(Math.max(1, share), LARGEST_WINDOW);
    // Whole windows make an hour: a part of one could hold a whole share, which would be too many.
    const windowsPerHour = limit === 1 ? requestsPerHour : Math.floor(requestsPerHour / limit);
    this.#windowMs = Math.ceil(HOUR_MS / windowsPerHour);
    this.#spacingMs = this.#windowMs / limit;
    this.#departures = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY);
  }

  /** Resolves when a request may leave, or rejects with the signal's reason and keeps no place. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const nowMs = performance.now();
    if (this.#waiting.size === 0 && this.#dueMs() <= nowMs) {
      this.#depart(nowMs);
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => {
      this.#waiting.delete(resolve);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#waiting.add(resolve);
    this.#wakeUp(nowMs);
    await promise.finally(() => signal.removeEventListener('abort', abort));
  }

  /** Holds back every request of the connection: its rate limit is one for all exports. */
  pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, performance.now() + ms);
  }

  /** When the window has room for one more, those before it being evenly spaced if they waited. */
  #roomMs(): number {
    const oldestMs = this.#departures[this.#oldest] as number;
    return Math.max(oldestMs + this.#windowMs, this.#evenlyFromMs);
  }

  #dueMs(): number {
    return Math.max(this.#roomMs(), this.#pausedUntilMs);
  }

  #depart(nowMs: number): void {
    this.#departures[this.#oldest] = nowMs;
    this.#oldest = (this.#oldest + 1) % this.#departures.length;
  }

  #letGo(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    for (const resolve of this.#waiting) {
      if (this.#dueMs() > nowMs) break;
      // From when it was due, not from now: a late timer costs no pace.
      this.#evenlyFromMs = this.#roomMs() + this.#spacingMs;
      this.#depart(nowMs);
      this.#waiting.delete(resolve);
      resolve();
    }
    this.#wakeUp(nowMs);
  }

  #wakeUp(nowMs: number): void {
    if (this.#timer !== undefined || this.#waiting.size === 0) return;
    const waitMs = Math.ceil(Math.max(0, this.#dueMs() - nowMs));
    this.#timer = setTimeout(() => this.#letGo(), waitMs).unref();
  }
}
