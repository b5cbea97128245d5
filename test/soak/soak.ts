import { setTimeout as delay } from 'node:timers/promises';
import type { PendingFault } from '../../sandbox/faults.ts';
import { startRestartable } from '../workflows/restartable-temporal.ts';
import { NOBODY } from '../workflows/sandbox-control.ts';
import { startWorkerCase } from '../workflows/worker-process.ts';
import { compareMembers } from './expected-members.ts';
import { SoakExports } from './exports.ts';
import { Outages } from './outages.ts';
import { cohortName, makePlan, type PlannedExport } from './plan.ts';

const MS = 1_000;
const WORKERS = 2;
/** More than there are cohorts, so that they wait for each other; fewer beside all other tests. */
const EXPORTS_AT_ONCE = { long: 8, short: 4 };
const LEAST_EXPORTS = 30;
const FAULT_EVERY_MS = 0.7 * MS;
const INTERFERE_EVERY_MS = 8 * MS;
const OUTAGE_EVERY_MS = { long: 12 * MS, short: 18 * MS };
/** Below it, nothing is terminated: the lock of such an export passes on only after a minute. */
const LONG_FROM_MINUTES = 5;
/** What runs when the time is up should end long before. */
const DRAIN_MS = 10 * 60 * MS;
/** Servers of tests start elsewhere. */
const PORTS_FROM = 26_233;
const SHOWN = 20;

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Called with what happens. */
  readonly log: (line: string) => void;
}

export interface SoakFigures {
  /** How many ended in which way. */
  readonly exports: Readonly<Record<string, number>>;
  /** To Braze. */
  readonly requests: number;
  /** Requests that were hit, by kind of fault. */
  readonly faults: Readonly<Record<string, number>>;
  readonly outages: Readonly<Record<string, number>>;
  readonly interferences: Readonly<Record<string, number>>;
  /** Compared with what the exports say. */
  readonly identifiers: number;
  /** Left out: of exports that did not complete, and that none after them settled. */
  readonly uncertain: number;
  /** All that is not as it should be. */
  readonly differences: readonly string[];
}

/** Runs exports under random faults, then compares every cohort with what its exports say. */
export async function soak({ minutes, seed, log }: SoakOptions): Promise<SoakFigures> {
  const ms = minutes * 60 * MS;
  const size = minutes >= LONG_FROM_MINUTES ? 'long' : 'short';
  const plan = makePlan({
    seed,
    exports: Math.max(LEAST_EXPORTS, Math.ceil(ms / MS)),
    faults: Math.ceil(ms / FAULT_EVERY_MS),
    interferences: Math.ceil(ms / INTERFERE_EVERY_MS),
    outages: Math.ceil(ms / OUTAGE_EVERY_MS[size]),
    terminates: size === 'long',
  });
  await using temporal = await startRestartable(PORTS_FROM);
  await using test = await startWorkerCase({ latencyMs: 50 });
  const { control, folder, taskQueue } = test;
  const outages = new Outages(temporal, folder);
  await outages.startWorkers(WORKERS);
  const exports = new SoakExports((planned, workflowId) =>
    temporal.client.workflow.start('exportCohort', {
      taskQueue,
      // Of this soak alone, also where another one runs beside it.
      workflowId: `${taskQueue}-${workflowId}`,
      // The response to a start may be lost.
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [inputOf(planned)],
    }),
  );
  log(`seed ${seed}: the faults begin`);

  const over = AbortSignal.timeout(ms);
  const ordered: PendingFault[] = [];
  await Promise.all([
    exports.runAll(plan.exports, EXPORTS_AT_ONCE[size], over),
    pace(plan.faults, FAULT_EVERY_MS, over, async (fault) => {
      ordered.push(await control.send<PendingFault>('POST', 'faults', fault));
    }),
    pace(plan.interferences, INTERFERE_EVERY_MS, over, (each) => exports.interfere(each)),
    pace(plan.outages, OUTAGE_EVERY_MS[size], over, async (outage) => {
      log(`${outage}; ${exports.ended.length} exports have ended`);
      await outages.happen(outage);
    }),
  ]);
  const pending = await control.send<PendingFault[]>('GET', 'faults');
  await control.send('DELETE', 'faults');
  log(`the faults are over; ${exports.running.length} exports still run`);
  await exports.drain(DRAIN_MS);

  const differences = [
    ...exports.running.map((id) => `${id} did not end`),
    ...exports.ended.flatMap(({ workflowId, problem }) =>
      problem === null ? [] : [`${workflowId}: ${problem}`],
    ),
  ];
  const named = new Set(
    (await control.send<{ cohortId: string }[]>('GET', 'cohorts')).map(({ cohortId }) => cohortId),
  );
  let [identifiers, uncertain] = [0, 0];
  const locked = exports.ended
    .filter(({ lockedAt }) => lockedAt !== null)
    .sort((a, b) => (a.lockedAt ?? 0) - (b.lockedAt ?? 0));
  for (const cohort of new Set(locked.map((each) => each.cohort))) {
    const { userIds } = named.has(cohortName(cohort))
      ? await control.membersOf(cohortName(cohort))
      : NOBODY;
    const found = compareMembers(
      locked.filter((each) => each.cohort === cohort),
      userIds,
    );
    identifiers += found.identifiers;
    uncertain += found.uncertain;
    differences.push(...shown(found.differences, cohortName(cohort)));
  }
  return {
    exports: countOf(exports.ended.map(({ how }) => how)),
    requests: (await control.stats()).requests,
    faults: hitsOf(ordered, pending),
    outages: outages.counts,
    interferences: exports.interferences,
    identifiers,
    uncertain,
    differences,
  };
}

function inputOf({ cohort, operation, from, to, threadCount, source }: PlannedExport) {
  const query = `SELECT 'user-' || i AS user_ids FROM range(${from}, ${to}) t(i)`;
  return {
    source:
      source === 'duckdb'
        ? { type: 'duckdb', query }
        : { type: 'treasureData', database: 'd', engine: 'trino', query },
    cohortId: cohortName(cohort),
    operation,
    threadCount,
  };
}

/** Does one thing after another, each at its time, until the time is over. */
async function pace<T>(
  list: readonly T[],
  everyMs: number,
  over: AbortSignal,
  act: (item: T) => Promise<void>,
): Promise<void> {
  for (const item of list) {
    // Not to synchronise: it is the pace of what happens.
    await delay(everyMs, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return;
    await act(item);
  }
}

/** How many requests each kind of fault hit. */
function hitsOf(ordered: readonly PendingFault[], pending: readonly PendingFault[]) {
  const left = new Map(pending.map(({ id, remaining }) => [id, Number(remaining.times)]));
  const hits: Record<string, number> = {};
  for (const fault of ordered) {
    const kind = 'status' in fault ? `${fault.kind} ${fault.status}` : fault.kind;
    hits[kind] = (hits[kind] ?? 0) + Number(fault.times) - (left.get(fault.id) ?? 0);
  }
  return hits;
}

function shown(differences: readonly string[], cohort: string): string[] {
  const first = differences.slice(0, SHOWN).map((difference) => `${cohort}: ${difference}`);
  const more = differences.length - first.length;
  return more === 0 ? first : [...first, `${cohort}: and ${more} more`];
}

function countOf(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
