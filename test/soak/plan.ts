import fc from 'fast-check';
import type { FaultOrder } from '../../sandbox/fault-order.ts';

/** Users of a cohort that exports name: few enough that they overlap. */
const UNIVERSE = 40_000;
const COHORTS = 5;
/** Where the requests of a cohort wait out a time-out, an export needs a minute for it. */
const LATE_MS = [500, 2_000, 8_000] as const;

/** One export of the soak: the users `from` to `to` of a cohort. */
export interface PlannedExport {
  readonly cohort: number;
  readonly operation: 'APPEND' | 'REMOVE';
  readonly from: number;
  readonly to: number;
  readonly threadCount: number;
  readonly source: 'duckdb' | 'treasureData';
}

/** What happens to a running export. `who` picks it: a share of those that run. */
export interface Interference {
  readonly what: 'cancel' | 'terminate' | 'pause';
  readonly who: number;
}

export type PlannedFault = Pick<FaultOrder, 'kind' | 'on'> & Record<string, unknown>;

/** How a worker, or Temporal, goes down and comes back. */
export type Outage = 'kill -9' | 'SIGTERM' | 'restart of Temporal';

/** Each list is worked through at a pace of its own, as far as the time allows. */
export interface Plan {
  readonly exports: readonly PlannedExport[];
  readonly faults: readonly PlannedFault[];
  readonly interferences: readonly Interference[];
  readonly outages: readonly Outage[];
}

export interface PlanSize {
  readonly seed: number;
  readonly exports: number;
  readonly faults: number;
  readonly interferences: number;
  readonly outages: number;
  /** Terminated exports hold their cohort for more than a minute. */
  readonly terminates: boolean;
}

const plannedExport = fc
  .record({
    cohort: fc.nat(COHORTS - 1),
    operation: fc.constantFrom('APPEND' as const, 'APPEND' as const, 'REMOVE' as const),
    edges: fc.tuple(fc.nat(UNIVERSE), fc.nat(UNIVERSE)),
    threadCount: fc.integer({ min: 1, max: 10 }),
    source: fc.constantFrom('duckdb' as const, 'duckdb' as const, 'treasureData' as const),
  })
  .map(({ edges: [one, other], ...rest }) => ({
    ...rest,
    from: Math.min(one, other),
    to: Math.max(one, other) + 1,
  }));

const times = fc.integer({ min: 1, max: 4 });
const after = fc.nat(20);
const applied = fc.boolean();
const onBraze = fc.constantFrom(
  'users' as const,
  'users' as const,
  'users' as const,
  'cohorts' as const,
);
const onTreasureData = fc.constantFrom(
  'td.issue' as const,
  'td.status' as const,
  'td.show' as const,
  'td.result' as const,
);
const busy = fc.constantFrom(408, 423, 500, 502, 503, 504);
/** The hour's reset speaks about the rate limit alone. */
const waits = fc.constantFrom(
  {},
  { 'retry-after': '0' },
  { 'retry-after': '2' },
  { 'x-ratelimit-remaining': '100', 'x-ratelimit-reset': '9999999999' },
);
const limited = fc.constantFrom({}, { 'retry-after': '0' }, { 'retry-after': '2' });
const ofBraze = { on: onBraze, times, after };
const PAGE = '<html><body>Log in to the network</body></html>';

const fault: fc.Arbitrary<PlannedFault> = fc.oneof(
  fc.record({ kind: fc.constant('status' as const), ...ofBraze, status: busy, headers: waits }),
  fc.record({
    kind: fc.constant('status' as const),
    ...ofBraze,
    status: fc.constant(429),
    headers: limited,
  }),
  fc.record({
    kind: fc.constant('status' as const),
    ...ofBraze,
    status: fc.constant(200),
    body: fc.constant(PAGE),
  }),
  fc.record({ kind: fc.constant('reset' as const), ...ofBraze, applied }),
  fc.record({
    kind: fc.constant('latency' as const),
    ...ofBraze,
    applied,
    ms: fc.constantFrom(...LATE_MS),
  }),
  fc.record({ kind: fc.constant('slow' as const), ...ofBraze, ms: fc.constantFrom(...LATE_MS) }),
  fc.record({ kind: fc.constant('cut' as const), ...ofBraze, bytes: fc.nat(20) }),
  fc.record({ kind: fc.constant('chunked' as const), ...ofBraze }),
  fc.record({
    kind: fc.constant('status' as const),
    on: onTreasureData,
    times,
    after,
    status: fc.constantFrom(429, 500, 502, 503),
  }),
  fc.record({ kind: fc.constant('reset' as const), on: onTreasureData, times, after, applied }),
  fc.record({
    kind: fc.constant('cut' as const),
    on: fc.constant('td.result' as const),
    times,
    after,
    bytes: fc.nat(5_000),
  }),
);

function interference(terminates: boolean): fc.Arbitrary<Interference> {
  return fc.record({
    what: fc.oneof(
      { weight: 4, arbitrary: fc.constant('pause' as const) },
      { weight: 2, arbitrary: fc.constant('cancel' as const) },
      // It leaves much uncertain, and keeps a cohort waiting.
      { weight: terminates ? 1 : 0, arbitrary: fc.constant('terminate' as const) },
    ),
    who: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });
}

/** The same for the same seed and size. What meets what also depends on the machine. */
export function makePlan(size: PlanSize): Plan {
  const { seed, terminates } = size;
  const list = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number) =>
    fc.sample(arbitrary, { seed, numRuns });
  return {
    exports: list(plannedExport, size.exports),
    faults: list(fault, size.faults),
    interferences: list(interference(terminates), size.interferences),
    outages: list(
      fc.constantFrom(
        'kill -9' as const,
        'kill -9' as const,
        'SIGTERM' as const,
        'restart of Temporal' as const,
      ),
      size.outages,
    ),
  };
}

export function cohortName(cohort: number): string {
  return `soak-${cohort}`;
}
