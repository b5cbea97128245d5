import { validateHeaderName, validateHeaderValue } from 'node:http';
import { z } from 'zod';

const MAX_LATENCY_MS = 600_000;
const MAX_TRUNCATED_BYTES = 1_000_000;

const BRAZE_ROUTES = ['cohorts', 'users'] as const;
const TREASURE_DATA_ROUTES = [
  'td.issue',
  'td.status',
  'td.statusByDomainKey',
  'td.show',
  'td.list',
  'td.result',
  'td.kill',
  'td.schedules',
  'td.runSchedule',
] as const;

export type BrazeRoute = (typeof BRAZE_ROUTES)[number];
export type TreasureDataRoute = (typeof TREASURE_DATA_ROUTES)[number];

const counts = {
  after: z.int().nonnegative().default(0),
  times: z.union([z.int().positive(), z.literal('always')]).default(1),
};

/**
 * Fields that say which requests a fault hits. Without `on` it is any request to Braze; `td` is any
 * request to Treasure Data.
 */
const selection = {
  on: z.enum([...BRAZE_ROUTES, 'td', ...TREASURE_DATA_ROUTES]).optional(),
  cohortId: z.string().optional(),
  jobId: z.string().optional(),
  ...counts,
  applied: z.boolean().default(false),
};

/** The same for faults of a job's result. */
const ofResult = { on: z.literal('td.result').default('td.result'), jobId: z.string().optional() };
/** The same for what becomes of jobs: they hit those that are issued from now on. */
const ofJob = { on: z.literal('td.job').default('td.job'), ...counts };

// A length that is not the body's would break the connection, and nobody would know why.
const FRAMING = new Set(['content-length', 'transfer-encoding', 'connection']);

const headers = z.record(z.string(), z.string()).superRefine((value, context) => {
  for (const [name, text] of Object.entries(value)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, text);
      if (FRAMING.has(name.toLowerCase())) throw new Error(`${name} is set by the sandbox`);
    } catch (error) {
      context.addIssue({ code: 'custom', path: [name], message: (error as Error).message });
    }
  }
});

/**
 * An order for a fault, as `POST /sandbox/faults` takes it. `status` answers with a status of its
 * own, `reset` breaks the connection, `hang` never answers, `latency` waits `ms` milliseconds.
 * `applied`: the change is made before the fault hits, so only the answer is lost (or late).
 * For Treasure Data's results, `cut` breaks the connection after `bytes` bytes of the body,
 * `truncate` sends a complete answer whose end is missing, `renew` changes the ETag; `miscount`
 * changes `num_records` of an answer; `fail` and `kill` say how a job ends.
 */
export const faultOrder = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    ...selection,
    status: z.int().min(200).max(599),
    /** A string goes out as it is, as text/html; anything else as JSON; nothing: Braze's words. */
    body: z.unknown().optional(),
    headers: headers.optional(),
  }),
  z.strictObject({ kind: z.literal('reset'), ...selection }),
  z.strictObject({ kind: z.literal('hang'), ...selection }),
  z.strictObject({
    kind: z.literal('latency'),
    ...selection,
    ms: z.int().nonnegative().max(MAX_LATENCY_MS),
  }),
  z.strictObject({
    kind: z.literal('cut'),
    ...ofResult,
    ...counts,
    bytes: z.int().nonnegative(),
  }),
  z.strictObject({
    kind: z.literal('truncate'),
    ...ofResult,
    ...counts,
    bytes: z.int().positive().max(MAX_TRUNCATED_BYTES).default(1),
    of: z.enum(['body', 'rows']).default('body'),
  }),
  z.strictObject({ kind: z.literal('renew'), ...ofResult, ...counts }),
  z.strictObject({
    kind: z.literal('miscount'),
    on: z.enum(['td.show', 'td.status']).default('td.show'),
    jobId: z.string().optional(),
    ...counts,
    by: z.int().default(-1),
  }),
  z.strictObject({
    kind: z.literal('fail'),
    ...ofJob,
    stderr: z.string(),
    cmdout: z.string().nullable().default(null),
  }),
  z.strictObject({ kind: z.literal('kill'), ...ofJob }),
]);

export type FaultOrder = z.infer<typeof faultOrder>;

/** A fault of any request. */
export type RequestFault = Extract<FaultOrder, { kind: 'status' | 'reset' | 'hang' | 'latency' }>;
export type JobFault = Extract<FaultOrder, { on: 'td.job' }>;
export type TreasureDataFault = Exclude<FaultOrder, JobFault>;

/** A fault that is still to come, with what is left of its `after` and `times`. */
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

  clear(): void {
    this.#pending = [];
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

function isRequestFault(fault: PendingFault): fault is PendingFault & RequestFault {
  return ['status', 'reset', 'hang', 'latency'].includes(fault.kind);
}
