/** `maxInFlight` is the most that were in flight at one moment since the last reset. */
export interface Traffic {
  requests: number;
  inFlight: number;
  maxInFlight: number;
}

/** The response of `GET /sandbox/stats`; `noAnswer` counts requests without a response. */
export interface Stats extends Traffic {
  byStatus: Record<string, number>;
  cohorts: Record<string, Traffic>;
  /** How many requests caused each warning. */
  warnings: Record<string, number>;
}

/**
 * Counts requests to Braze from their first byte until just before their response is written, so a
 * client that waits for each response is never seen with two in flight.
 */
export class Accounting {
  readonly #all: Traffic = { requests: 0, inFlight: 0, maxInFlight: 0 };
  readonly #byStatus = new Map<string, number>();
  readonly #warnings = new Map<string, number>();
  readonly #cohorts = new Map<string, Traffic>();

  start(): void {
    enter(this.#all);
  }

  /** Called once the body shows which cohort a request is about. */
  startCohort(cohortId: string): void {
    let cohort = this.#cohorts.get(cohortId);
    if (cohort === undefined) {
      cohort = { requests: 0, inFlight: 0, maxInFlight: 0 };
      this.#cohorts.set(cohortId, cohort);
    }
    enter(cohort);
  }

  end(status: number | null, cohortId: string | null, warnings: readonly string[]): void {
    this.#all.inFlight -= 1;
    const key = status === null ? 'noAnswer' : String(status);
    this.#byStatus.set(key, (this.#byStatus.get(key) ?? 0) + 1);
    for (const warning of warnings) {
      this.#warnings.set(warning, (this.#warnings.get(warning) ?? 0) + 1);
    }
    const cohort = cohortId === null ? undefined : this.#cohorts.get(cohortId);
    if (cohort !== undefined) cohort.inFlight -= 1;
  }

  totals(): Traffic & { byStatus: Record<string, number> } {
    return { ...this.#all, byStatus: Object.fromEntries(this.#byStatus) };
  }

  snapshot(): Stats {
    const cohorts = Object.fromEntries(this.#cohorts);
    return { ...this.totals(), cohorts, warnings: Object.fromEntries(this.#warnings) };
  }

  /** Forgets what has ended; what is in flight stays, and is the new maximum. */
  reset(): void {
    restart(this.#all);
    this.#byStatus.clear();
    this.#warnings.clear();
    for (const [cohortId, cohort] of this.#cohorts) {
      if (cohort.inFlight === 0) this.#cohorts.delete(cohortId);
      else restart(cohort);
    }
  }
}

function enter(traffic: Traffic): void {
  traffic.requests += 1;
  traffic.inFlight += 1;
  traffic.maxInFlight = Math.max(traffic.maxInFlight, traffic.inFlight);
}

function restart(traffic: Traffic): void {
  traffic.requests = 0;
  traffic.maxInFlight = traffic.inFlight;
}
