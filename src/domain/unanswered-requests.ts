/**
 * How long a request waits for its response. Without one, it is assumed to be applied within
 * this time after it was sent, or not at all.
 */
export const RESPONSE_WITHIN_MS = 60_000;

/**
 * An export that was terminated or timed out keeps sending until a heartbeat is refused, 5 s at the
 * longest interval, or until its worker, if that has lost Temporal too, has no lease any more after 12 s.
 */
const STOPS_WITHIN_MS = 15_000;

/** How long to wait where nobody can tell when the last request was sent, or whether it had a response. */
export const UNKNOWN_SETTLE_MS = STOPS_WITHIN_MS + RESPONSE_WITHIN_MS;

/** In what every activity that sends tells the workflow, also where it fails or is cancelled. */
export interface Settling {
  /** Milliseconds until none of its requests can be applied any more, if some had no response. */
  readonly settleMs: number;
}

/** Follows a request on its way. */
export interface InFlight {
  /** It leaves for the other side, and may be applied from now on. */
  sent(): void;
  /** The other side has responded: whatever it does with the request, it has done. */
  answered(): void;
}

/** The requests of one sender, one after another, that were sent and had no response. */
export class UnansweredRequests implements InFlight {
  readonly #nowMs: () => number;
  #settledAtMs: number;
  #sentAtMs: number | null = null;

  /**
   * @param settleMs what earlier requests leave to wait for
   * @param nowMs a clock that is never set
   */
  constructor(settleMs: number, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#settledAtMs = nowMs() + settleMs;
  }

  /** A request before this one that had no response will have none. */
  sent(): void {
    this.#settledAtMs = this.#settlesAtMs();
    this.#sentAtMs = this.#nowMs();
  }

  answered(): void {
    this.#sentAtMs = null;
  }

  /** Milliseconds until none of them can be applied any more, if nothing else is sent. */
  get settleMs(): number {
    return Math.max(0, Math.ceil(this.#settlesAtMs() - this.#nowMs()));
  }

  #settlesAtMs(): number {
    if (this.#sentAtMs === null) return this.#settledAtMs;
    return Math.max(this.#settledAtMs, this.#sentAtMs + RESPONSE_WITHIN_MS);
  }
}
