interface Request {
  readonly id: number;
  readonly waits: boolean;
}

/** The same pace by brute force, second by second: for rates whose times are whole seconds. */
export class NaiveRate {
  readonly left: { readonly id: number; readonly at: number }[] = [];
  #now = 0;
  #waiting: Request[] = [];
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #evenlyFrom = Number.NEGATIVE_INFINITY;
  readonly #limit: number;
  readonly #window: number;

  constructor(requestsPerHour: number) {
    this.#limit = Math.max(1, requestsPerHour / 60);
    this.#window = (3_600 * this.#limit) / requestsPerHour;
  }

  take(id: number): void {
    this.#waiting.push({ id, waits: false });
    this.#letGo();
    this.#waiting = this.#waiting.map((request) => ({ ...request, waits: true }));
  }

  abort(id: number): void {
    this.#waiting = this.#waiting.filter((request) => request.id !== id);
  }

  pause(seconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#now + seconds);
  }

  advance(seconds: number): void {
    for (let i = 0; i < seconds; i += 1) {
      this.#now += 1;
      this.#letGo();
    }
  }

  #letGo(): void {
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      if (this.#now < this.#pausedUntil || !this.#hasRoom(this.#now)) return;
      if (first.waits) this.#evenlyFrom = this.#firstRoom() + this.#window / this.#limit;
      this.left.push({ id: first.id, at: this.#now });
      this.#waiting.shift();
    }
  }

  #hasRoom(at: number): boolean {
    const inWindow = this.left.filter((request) => request.at > at - this.#window);
    return inWindow.length < this.#limit && at >= this.#evenlyFrom;
  }

  /** Since when there has been room, looking back second by second. */
  #firstRoom(): number {
    let at = this.#now;
    while (at >= -this.#window && this.#hasRoom(at - 1)) at -= 1;
    return at < -this.#window ? Number.NEGATIVE_INFINITY : at;
  }
}
