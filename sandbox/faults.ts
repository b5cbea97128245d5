import {
  type BrazeRoute,
  type FaultOrder,
  isRequestFault,
  type JobFault,
  type RequestFault,
  type TreasureDataFault,
  type TreasureDataRoute,
} from './fault-order.ts';

/** A pending fault, with what is left of its `after` and `times`. */
export type PendingFault = FaultOrder & {
  readonly id: number;
  readonly remaining: { after: number; times: number | 'always' };
};

/** The faults that were ordered, tried in the order of their arrival. */
export class Faults {
  #pending: PendingFault[] = [];
  #lastId = 0;

  order(order: FaultOrder): PendingFault {
    this.#lastId += 1;
    const remaining = { after: order.after, times: order.times };
    const fault = { ...order, id: this.#lastId, remaining };
    this.#pending.push(fault);
    return fault;
  }

  /**
   * The fault that hits a request to Braze, if any. A fault that still lets requests pass counts
   * this one; those behind the fault that hits never see it.
   */
  take(route: BrazeRoute, cohortId: string | null): RequestFault | null {
    return this.#take(
      (fault): fault is PendingFault & RequestFault =>
        (isRequestFault(fault) && fault.on === undefined) || fault.on === route,
      (fault) => fault.cohortId === undefined || fault.cohortId === cohortId,
    );
  }

  /** The same for Treasure Data; `jobId` is of the job in the request's path. */
  takeForTreasureData(route: TreasureDataRoute, jobId: string | null): TreasureDataFault | null {
    return this.#take(
      (fault): fault is PendingFault & TreasureDataFault => fault.on === 'td' || fault.on === route,
      (fault) => fault.jobId === undefined || fault.jobId === jobId,
    );
  }

  /** The fault that hits the job that is issued now, if any. */
  takeForJob(): JobFault | null {
    return this.#take(
      (fault): fault is PendingFault & JobFault => fault.on === 'td.job',
      () => true,
    );
  }

  list(): readonly PendingFault[] {
    return this.#pending;
  }

  /** Removes those for a cohort, or all. */
  clear(cohortId?: string): void {
    const isFor = (fault: PendingFault) => 'cohortId' in fault && fault.cohortId === cohortId;
    this.#pending = cohortId === undefined ? [] : this.#pending.filter((fault) => !isFor(fault));
  }

  #take<Fault extends PendingFault>(
    isFor: (fault: PendingFault) => fault is Fault,
    matches: (fault: Fault) => boolean,
  ): Fault | null {
    for (const fault of this.#pending) {
      if (!isFor(fault) || !matches(fault)) continue;
      const { remaining } = fault;
      if (remaining.after > 0) {
        remaining.after -= 1;
        continue;
      }
      if (remaining.times !== 'always') {
        remaining.times -= 1;
        if (remaining.times === 0) this.#pending = this.#pending.filter((other) => other !== fault);
      }
      return fault;
    }
    return null;
  }
}
