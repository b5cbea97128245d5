import { setTimeout as delay } from 'node:timers/promises';
import { type Measure, observe, times } from './bench.ts';
import { userIds } from './exporter.ts';
import type { Observation } from './judge.ts';
import { IDENTIFIERS_PER_REQUEST, LANES } from './lanes.ts';
import {
  type Actions,
  actionsBetween,
  countActions,
  total,
  untilAllWorkflowsEnd,
} from './temporal-actions.ts';

export const measureActions: Measure = (bench) => {
  const { requests, latencyMs, metricsLagMs } = bench.sizes.actions;
  const identifiers = requests * IDENTIFIERS_PER_REQUEST;
  return bench.withExporter({ latencyMs }, async (exporter) => {
    const runs = await times(bench, async (run) => {
      await untilAllWorkflowsEnd(exporter);
      await delay(metricsLagMs);
      const before = await countActions(exporter);
      const input = { source: userIds(identifiers), threadCount: LANES };
      await exporter.run({ ...input, cohortId: `actions-${run}` }, identifiers);
      await untilAllWorkflowsEnd(exporter);
      await delay(metricsLagMs);
      return actionsBetween(before, await countActions(exporter));
    });
    return observeActions('actions of 1 M', runs, 1);
  });
};

/** The goal's figure, each kind that it is made of, and what the server itself counts. */
export function observeActions(
  name: string,
  runs: readonly Actions[],
  factor: number,
): Observation[] {
  const kinds = [...new Set(runs.flatMap(({ counted }) => Object.keys(counted)))].sort();
  return [
    observe(name, '', runs, ({ counted }) => total(counted) * factor),
    ...kinds.map((kind) => observe(kind, '', runs, ({ counted }) => (counted[kind] ?? 0) * factor)),
    observe("by the server's own count", '', runs, ({ byServer }) => total(byServer) * factor),
  ];
}
