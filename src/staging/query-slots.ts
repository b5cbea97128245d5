export interface WaitForSlot {
  readonly signal: AbortSignal;
  /** In earlier waits, which keep its place: in ms. */
  readonly waitedMs: number;
  /** Called with the number of those ahead, each time it changes; never where a slot is free at once. */
  readonly onWaiting: (ahead: number) => void;
}

interface Waiter {
  readonly since: number;
  readonly onWaiting: (ahead: number) => void;
  readonly start: () => void;
}

/** Limits how many queries run at once in this process; the others wait in the order in which they came. */
export class QuerySlots {
  #free: number;
  readonly #waiting: Waiter[] = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  /** Resolves to the slot, which its disposal makes free. @throws the signal's reason */
  async acquire(wait: WaitForSlot): Promise<Disposable> {
    wait.signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(wait);
    return { [Symbol.dispose]: () => this.#release() };
  }

  #wait({ signal, waitedMs, onWaiting }: WaitForSlot): Promise<void> {
    const turn = Promise.withResolvers<void>();
    const leave = () => {
      this.#remove(waiter);
      turn.reject(signal.reason);
    };
    const waiter: Waiter = {
      since: performance.now() - waitedMs,
      onWaiting,
      start: () => {
        signal.removeEventListener('abort', leave);
        turn.resolve();
      },
    };
    signal.addEventListener('abort', leave, { once: true });
    const later = this.#waiting.findIndex(({ since }) => since > waiter.since);
    const at = later === -1 ? this.#waiting.length : later;
    this.#waiting.splice(at, 0, waiter);
    this.#tellFrom(at);
    return turn.promise;
  }

  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#remove(next);
    next.start();
  }

  #remove(waiter: Waiter): void {
    const at = this.#waiting.indexOf(waiter);
    this.#waiting.splice(at, 1);
    this.#tellFrom(at);
  }

  #tellFrom(at: number): void {
    for (const [ahead, { onWaiting }] of this.#waiting.entries()) {
      if (ahead >= at) onWaiting(ahead);
    }
  }
}
