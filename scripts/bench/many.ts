import { type Measure, observe, timed, times } from './bench.ts';
import { userIds } from './exporter.ts';
import { cpuSecondsOfTree, watchMemory } from './process-tree.ts';

const ROWS = 10;

export const measureMany: Measure = (bench) =>
  bench.withExporter({}, async (exporter) => {
    const { exports } = bench.sizes.many;
    const runs = await times(bench, async (run) => {
      const { pid } = exporter.worker;
      const cpuBefore = cpuSecondsOfTree(pid);
      const watch = watchMemory(pid);
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
      const cpu = cpuSecondsOfTree(pid) - cpuBefore;
      return { seconds, peak: watch.stop(), cpu };
    });
    return [
      observe('fifty exports', 's', runs, ({ seconds }) => seconds),
      observe('peak of fifty exports', 'MB', runs, ({ peak }) => peak),
      observe('CPU of fifty exports', 'CPU-s', runs, ({ cpu }) => cpu),
    ];
  });
