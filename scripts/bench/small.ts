import { setTimeout as delay } from 'node:timers/promises';
import { type Measure, observe, timed, times } from './bench.ts';
import { userIds } from './exporter.ts';

const ROWS = 10;

export const measureSmall: Measure = (bench) =>
  bench.withExporter({}, async (exporter) => {
    const { warmUps, pauseMs } = bench.sizes.small;
    const once = async (cohortId: string) => {
      await delay(pauseMs);
      return await timed(() => exporter.run({ source: userIds(ROWS), cohortId }, ROWS));
    };
    for (let run = 0; run < warmUps; run += 1) await once(`warm-${run}`);
    const seconds = await times(bench, (run) => once(`small-${run}`));
    return [observe('export of 10 rows', 's', seconds, (each) => each)];
  });
