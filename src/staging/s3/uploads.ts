/** Few are enough for more than a query gives, where a service answers after 50 ms. */
const AT_ONCE = 4;
/** Files are seldom above a megabyte; what is larger goes alone. */
const BYTES_AT_ONCE = 4 * 1024 * 1024;

/** Uploads that run beside what is staged meanwhile, in memory that does not grow. */
export class Uploads {
  readonly #running = new Set<Promise<void>>();
  #bytes = 0;
  #failure: { readonly error: unknown } | null = null;

  /** Resolves once there is room for it and it has begun. @throws what an earlier one failed with */
  async start(bytes: number, upload: () => Promise<unknown>): Promise<void> {
    while (this.#running.size > 0 && this.#isFullFor(bytes)) await Promise.race(this.#running);
    this.#throwFailure();
    this.#bytes += bytes;
    const running = this.#run(upload).finally(() => {
      this.#bytes -= bytes;
      this.#running.delete(running);
    });
    this.#running.add(running);
  }

  /** @throws what one of them failed with */
  async finish(): Promise<void> {
    await Promise.all(this.#running);
    this.#throwFailure();
  }

  /** Waits for what is under way, however it ends. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  #isFullFor(bytes: number): boolean {
    return this.#running.size >= AT_ONCE || this.#bytes + bytes > BYTES_AT_ONCE;
  }

  async #run(upload: () => Promise<unknown>): Promise<void> {
    try {
      await upload();
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
