import { type Measure, observe, timed, times } from './bench.ts';
import { userIds } from './exporter.ts';
import { watchMemory } from './process-tree.ts';

const ROWS = 10;

export const measureMany: Measure = (bench) =>
  bench.withExporter({}, async (exporter) => {
    const { exports } = bench.sizes.many;
    const runs = await times(bench, async (run) => {
      const watch = watchMemory(exporter.worker.pid);
      const seconds = await timed(() =>
        Promise.all(
          Array.from({ length: exports }, (_, index) =>
            exporter.run({ source: userIds(ROWS), cohortId: `many-${run}-${index}` }, ROWS),
          ),
        ),
      ).catch((error: unknown) => {
        watch.stop();
        throw error;
      });
      return { seconds, peak: watch.stop() };
    });
    return [
      observe('fifty exports', 's', runs, ({ seconds }) => seconds),
      observe('peak of fifty exports', 'MB', runs, ({ peak }) => peak),
    ];
  });
