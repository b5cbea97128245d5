import { setTimeout as sleep } from 'node:timers/promises';
import pThrottle from 'p-throttle';

const WINDOWS_PER_HOUR = 60;
/** The throttle remembers each request of a burst. */
const LARGEST_BURST = 10_000;
const HOUR_MS = 60 * 60 * 1000;

/**
 * The pace of all requests of a connection in this process. In any hour at most `requestsPerHour`
 * are let through: a minute's share at once, or one at a time where an hour has fewer than 60.
 */
export class RequestRate {
  readonly #turn: () => Promise<void>;
  #pausedUntilMs = 0;

  constructor(requestsPerHour: number) {
    const share = Math.floor(requestsPerHour / WINDOWS_PER_HOUR);
    const limit = Math.min(Math.max(1, share), LARGEST_BURST);
    const interval = (HOUR_MS * limit) / requestsPerHour;
    this.#turn = pThrottle({ limit, interval, strict: true })(() => Promise.resolve());
  }

  /** Resolves when a request may go out, or rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await rejectOnAbort(this.#turn(), signal);
    for (let wait = this.#wait(); wait > 0; wait = this.#wait()) {
      await rejectOnAbort(sleep(wait, undefined, { ref: false }), signal);
    }
  }

  /** Holds back every request of the connection: its rate limit is one for all exports. */
  pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, Date.now() + ms);
  }

  #wait(): number {
    return this.#pausedUntilMs - Date.now();
  }
}

async function rejectOnAbort(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
