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
const routes = z.enum([...BRAZE_ROUTES, 'td', ...TREASURE_DATA_ROUTES]);
const selection = {
  on: routes.optional(),
  cohortId: z.string().optional(),
  jobId: z.string().optional(),
  ...counts,
  applied: z.boolean().default(false),
  appliedAfterMs: z.int().nonnegative().max(MAX_LATENCY_MS).optional(),
};

/** The same for faults of a response's body: the request is processed, as the response has begun. */
const ofBody = {
  on: selection.on,
  cohortId: selection.cohortId,
  jobId: selection.jobId,
  ...counts,
};

/** The same for faults of a job's result. */
const ofResult = { on: z.literal('td.result').default('td.result'), jobId: z.string().optional() };
/** The same for how jobs end: they hit jobs that are issued from now on. */
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
 * An order for a fault, as `POST /sandbox/faults` takes it. `status` responds with a status of its
 * own, `reset` breaks the connection, `hang` never responds, `latency` waits `ms` milliseconds.
 * `applied`: the change is made before the fault hits, so only the response is lost (or late).
 * `appliedAfterMs`: it is made so much later, whether or not the client is still there; Braze only.
 * The body of a response comes in parts, late (`slow`) or without a declared length (`chunked`);
 * after `bytes` bytes it stops (`stall`) or the connection breaks (`cut`).
 * For Treasure Data's results, `truncate` sends a complete response whose end is missing, `renew`
 * changes the ETag; `miscount` changes `num_records` of a response; `fail` and `kill` say how a job ends.
 */
const anyOrder = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('status'),
    ...selection,
    status: z.int().min(200).max(599),
    /** A string is sent as it is, as text/html; anything else as JSON; nothing: Braze's message. */
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
    kind: z.literal('slow'),
    ...ofBody,
    ms: z.int().nonnegative().max(MAX_LATENCY_MS),
  }),
  z.strictObject({ kind: z.literal('chunked'), ...ofBody }),
  z.strictObject({ kind: z.literal('stall'), ...ofBody, bytes: z.int().nonnegative() }),
  z.strictObject({
    kind: z.literal('cut'),
    ...ofBody,
    on: routes.default('td.result'),
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
    /** `null`: it is left out. */
    by: z.int().nullable().default(-1),
  }),
  z.strictObject({
    kind: z.literal('fail'),
    ...ofJob,
    stderr: z.string(),
    cmdout: z.string().nullable().default(null),
  }),
  z.strictObject({ kind: z.literal('kill'), ...ofJob }),
]);

export const faultOrder = anyOrder.superRefine((order, context) => {
  if (!('appliedAfterMs' in order) || order.appliedAfterMs === undefined) return;
  if (order.on?.startsWith('td')) {
    const message = 'is for requests to Braze';
    context.addIssue({ code: 'custom', path: ['appliedAfterMs'], message });
  }
});

export type FaultOrder = z.infer<typeof faultOrder>;

const REQUEST_KINDS = ['status', 'reset', 'hang', 'latency'] as const;
const BODY_KINDS = ['slow', 'chunked', 'stall', 'cut'] as const;

/** What happens to the body of a response. */
export type BodyFault = Extract<FaultOrder, { kind: (typeof BODY_KINDS)[number] }>;
/** A fault of a request, whose response is another, late or lost. */
export type LateFault = Extract<FaultOrder, { kind: (typeof REQUEST_KINDS)[number] }>;
/** A fault of any request. */
export type RequestFault = LateFault | BodyFault;
export type JobFault = Extract<FaultOrder, { on: 'td.job' }>;
export type TreasureDataFault = Exclude<FaultOrder, JobFault>;

export function isBodyFault<Fault extends FaultOrder>(
  fault: Fault | null,
): fault is Fault & BodyFault {
  return fault !== null && (BODY_KINDS as readonly string[]).includes(fault.kind);
}

export function isRequestFault<Fault extends FaultOrder>(
  fault: Fault,
): fault is Fault & RequestFault {
  return isBodyFault(fault) || (REQUEST_KINDS as readonly string[]).includes(fault.kind);
}
