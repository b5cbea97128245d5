import { type Measure, observe, times } from './bench.ts';
import { type Exporter, finish, userIds } from './exporter.ts';
import { IDENTIFIERS_PER_REQUEST, LANES } from './lanes.ts';
import { signalTree } from './process-tree.ts';
import type { Sizes } from './sizes.ts';
import { waitFor } from './wait.ts';

const LOOK_EVERY_MS = 20;

export const measureKill: Measure = (bench) =>
  bench.withExporter({ latencyMs: bench.sizes.kill.latencyMs }, async (exporter) => {
    const runs = await times(bench, (run) =>
      killHalfway(exporter, `kill-${run}`, bench.sizes.kill),
    );
    return [
      observe('requests sent again', '', runs, ({ again }) => again),
      observe('in flight at the kill', '', runs, ({ inFlight }) => inFlight),
      observe('from the kill to the next request', 's', runs, ({ pause }) => pause),
      observe('from the kill to the end', 's', runs, ({ rest }) => rest),
    ];
  });

async function killHalfway(
  exporter: Exporter,
  cohortId: string,
  { requests, signal }: Sizes['kill'],
) {
  const { control } = exporter;
  const identifiers = requests * IDENTIFIERS_PER_REQUEST;
  const input = { source: userIds(identifiers), cohortId, threadCount: LANES };
  const handle = await exporter.start(input);
  await waitFor('half of the requests', LOOK_EVERY_MS, async () =>
    (await control.requestsOf(cohortId)) >= requests / 2 ? true : null,
  );
  const killed = exporter.worker;
  signalTree(killed.pid, signal);
  const killedAt = performance.now();
  const sinceKill = () => (performance.now() - killedAt) / 1_000;
  const { inFlight = 0, requests: before = 0 } = (await control.stats()).cohorts[cohortId] ?? {};
  await exporter.replaceWorker();
  const next = waitFor('a request of the new worker', LOOK_EVERY_MS, async () =>
    (await control.requestsOf(cohortId)) > before ? sinceKill() : null,
  );
  const [pause] = await Promise.all([next, finish(handle, identifiers)]);
  const rest = sinceKill();
  await killed.ended;
  // One request more names the cohort.
  const again = (await control.requestsOf(cohortId)) - 1 - requests;
  await control.forgetCohorts();
  return { again, inFlight, pause, rest };
}
