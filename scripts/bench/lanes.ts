import { type Bench, type Measure, observe, timed, times } from './bench.ts';
import { type Exporter, userIds } from './exporter.ts';
import { seededIntegers } from './seeded.ts';
import { waitFor } from './wait.ts';

export const LANES = 10;
export const IDENTIFIERS_PER_REQUEST = 1_000;
const LOOK_EVERY_MS = 100;

interface LaneRun {
  readonly use: number;
  readonly perSecond: number;
  readonly sending: number;
  readonly whole: number;
}

export const measureLanes: Measure = (bench) =>
  measureUniform(bench, 'lane use', bench.sizes.lanes);

export const measureSlow: Measure = (bench) =>
  measureUniform(bench, 'slow lane use', bench.sizes.slow);

/** The latencies are given out in the order in which requests arrive, the same in each run. */
export const measureMixed: Measure = (bench) =>
  bench.withExporter({}, async (exporter) => {
    const { requests, fromMs, toMs } = bench.sizes.mixed;
    const latencies = seededIntegers(requests, fromMs, toMs);
    const best = latencies.reduce((sum, ms) => sum + ms, 0) / LANES / 1_000;
    const runs = await times(bench, async (run) => {
      for (const ms of latencies)
        await exporter.control.order({ kind: 'latency', on: 'users', ms });
      return await runLanes(exporter, `mixed-${run}`, requests, best);
    });
    return observations('mixed lane use', runs);
  });

async function measureUniform(
  bench: Bench,
  name: string,
  { requests, latencyMs }: { readonly requests: number; readonly latencyMs: number },
) {
  const best = (requests * latencyMs) / LANES / 1_000;
  return await bench.withExporter({ latencyMs }, async (exporter) => {
    const runs = await times(bench, (run) =>
      runLanes(exporter, `after-${latencyMs}-${run}`, requests, best),
    );
    return observations(name, runs);
  });
}

/** `best` is how many seconds the requests take where no lane is ever idle. */
async function runLanes(
  exporter: Exporter,
  cohortId: string,
  requests: number,
  best: number,
): Promise<LaneRun> {
  const identifiers = requests * IDENTIFIERS_PER_REQUEST;
  const first = firstArrival(exporter, cohortId);
  const input = { source: userIds(identifiers), cohortId, threadCount: LANES };
  const [whole, startedAt] = await Promise.all([
    timed(() => exporter.run(input, identifiers)),
    first,
  ]);
  const ends = (await exporter.control.memberRequests(cohortId)).map(endOf);
  const sending = (Math.max(...ends) - startedAt) / 1_000;
  await exporter.control.forgetCohorts();
  return { use: best / sending, perSecond: identifiers / sending, sending, whole };
}

/** The sandbox keeps its last 200 requests only: the first is looked for while it is among them. */
function firstArrival({ control }: Exporter, cohortId: string): Promise<number> {
  return waitFor('the first request', LOOK_EVERY_MS, async () => {
    const arrivals = (await control.memberRequests(cohortId)).map(({ at }) => Date.parse(at));
    return arrivals.length === 0 ? null : Math.min(...arrivals);
  });
}

function endOf({ at, durationMs }: { readonly at: string; readonly durationMs: number }): number {
  return Date.parse(at) + durationMs;
}

function observations(name: string, runs: readonly LaneRun[]) {
  return [
    observe(name, '', runs, ({ use }) => use),
    observe('identifiers while sending', '/s', runs, ({ perSecond }) => perSecond),
    observe('time of sending', 's', runs, ({ sending }) => sending),
    observe('whole export', 's', runs, ({ whole }) => whole),
  ];
}
