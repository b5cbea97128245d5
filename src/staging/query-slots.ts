export interface WaitForSlot {
  readonly signal: AbortSignal;
  /** Called with the number of those ahead, each time it changes; never where a slot is free at once. */
  readonly onWaiting: (ahead: number) => void;
}

interface Waiter {
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
  async acquire({ signal, onWaiting }: WaitForSlot): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(signal, onWaiting);
    return { [Symbol.dispose]: () => this.#release() };
  }

  #wait(signal: AbortSignal, onWaiting: (ahead: number) => void): Promise<void> {
    const turn = Promise.withResolvers<void>();
    const leave = () => {
      this.#remove(waiter);
      turn.reject(signal.reason);
    };
    const waiter: Waiter = {
      onWaiting,
      start: () => {
        signal.removeEventListener('abort', leave);
        turn.resolve();
      },
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.push(waiter);
    onWaiting(this.#waiting.length - 1);
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
    for (const [ahead, { onWaiting }] of this.#waiting.entries()) {
      if (ahead >= at) onWaiting(ahead);
    }
  }
}
