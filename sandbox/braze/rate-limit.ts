/** `limit` requests in each window of `windowMs` milliseconds. */
export interface RateLimitSettings {
  readonly limit: number;
  readonly windowMs: number;
}

/** `headers` belong in the response, whether the request was let through or not. */
export interface RateLimitVerdict {
  readonly allowed: boolean;
  readonly headers: Record<string, string>;
}

/** A limit in fixed windows, the first of which starts with the first request. Off until `set`. */
export class RateLimit {
  #settings: RateLimitSettings | null = null;
  #used = 0;
  #windowEnds = 0;

  set(settings: RateLimitSettings | null): void {
    this.#settings = settings;
    this.#used = 0;
    this.#windowEnds = 0;
  }

  /** Counts a request at `now`, in milliseconds since the epoch. */
  take(now: number = Date.now()): RateLimitVerdict {
    if (this.#settings === null) return { allowed: true, headers: {} };
    const { limit, windowMs } = this.#settings;
    if (now >= this.#windowEnds) {
      this.#used = 0;
      this.#windowEnds = now + windowMs;
    }
    const allowed = this.#used < limit;
    if (allowed) this.#used += 1;
    // https://www.braze.com/docs/api/api_limits (monitoring your rate limits)
    const headers: Record<string, string> = {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(limit - this.#used),
      'x-ratelimit-reset': String(Math.ceil(this.#windowEnds / 1_000)),
    };
    if (!allowed) headers['retry-after'] = String(Math.ceil((this.#windowEnds - now) / 1_000));
    return { allowed, headers };
  }
}
