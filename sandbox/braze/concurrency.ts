/** How many requests may be in flight at once; without a number there is no limit. */
export interface ConcurrencySettings {
  /** In all: beyond them 429. */
  readonly requests?: number | undefined;
  /** About one cohort: beyond them 423. */
  readonly perCohort?: number | undefined;
}

/** Counts requests in flight that were let in. Off until `set`. */
export class Concurrency {
  #settings: ConcurrencySettings = {};
  #all = 0;
  readonly #cohorts = new Map<string, number>();

  set(settings: ConcurrencySettings): void {
    this.#settings = settings;
  }

  /** Lets a request in and returns what to call when it has ended, or returns why not. */
  enter(cohortId: string | null): (() => void) | 'too many' | 'locked' {
    const { requests = Number.POSITIVE_INFINITY, perCohort = Number.POSITIVE_INFINITY } =
      this.#settings;
    const ofCohort = cohortId === null ? 0 : (this.#cohorts.get(cohortId) ?? 0);
    if (this.#all >= requests) return 'too many';
    if (cohortId !== null && ofCohort >= perCohort) return 'locked';
    this.#add(cohortId, 1);
    return () => this.#add(cohortId, -1);
  }

  #add(cohortId: string | null, count: number): void {
    this.#all += count;
    if (cohortId === null) return;
    const ofCohort = (this.#cohorts.get(cohortId) ?? 0) + count;
    if (ofCohort === 0) this.#cohorts.delete(cohortId);
    else this.#cohorts.set(cohortId, ofCohort);
  }
}
