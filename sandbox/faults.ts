import { validateHeaderName, validateHeaderValue } from 'node:http';
import { z } from 'zod';

const MAX_LATENCY_MS = 600_000;

/** Fields that say which requests a fault hits; all kinds have them. */
const selection = {
  on: z.enum(['cohorts', 'users']).optional(),
  cohortId: z.string().optional(),
  after: z.int().nonnegative().default(0),
  times: z.union([z.int().positive(), z.literal('always')]).default(1),
  applied: z.boolean().default(false),
};

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
]);

export type FaultOrder = z.infer<typeof faultOrder>;

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
   * The fault that hits a request, if any. A fault that still lets requests pass counts this one;
   * those behind the fault that hits never see it.
   */
  take(route: 'cohorts' | 'users', cohortId: string | null): FaultOrder | null {
    for (const fault of this.#pending) {
      if (fault.on !== undefined && fault.on !== route) continue;
      if (fault.cohortId !== undefined && fault.cohortId !== cohortId) continue;
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

  list(): readonly PendingFault[] {
    return this.#pending;
  }

  clear(): void {
    this.#pending = [];
  }
}
