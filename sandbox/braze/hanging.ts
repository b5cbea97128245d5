/** The requests that a fault keeps without a response, until they are answered by order. */
export class Hanging {
  readonly #requests = new Map<() => void, string | null>();

  /** @returns takes it out, when the request has ended */
  add(cohortId: string | null, answer: () => void): () => void {
    this.#requests.set(answer, cohortId);
    return () => this.#requests.delete(answer);
  }

  /** Answers those for a cohort, and returns how many they were. */
  answer(cohortId: string): number {
    const found = [...this.#requests].filter(([, id]) => id === cohortId);
    for (const [answer] of found) answer();
    return found.length;
  }
}
