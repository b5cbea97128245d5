import { type Measure, observe, timed, times } from './bench.ts';
import type { Exporter } from './exporter.ts';
import { LANES } from './lanes.ts';
import { watchMemory } from './process-tree.ts';

/** Every fourth row has an alias too. */
const query = (rows: number) =>
  `SELECT 'user-' || i AS user_ids, CASE WHEN i % 4 = 0 THEN 'name' || i || '@example.com' END AS email FROM range(${rows}) t(i)`;

export const measureMemory: Measure = async (bench) => {
  const { fewRows, manyRows } = bench.sizes.memory;
  // A new worker for each run: one that has sent millions of rows keeps what it grew to.
  const runs = await times(bench, () =>
    bench.withExporter({}, async (exporter) => {
      const few = await peakOf(exporter, fewRows);
      const many = await peakOf(exporter, manyRows);
      return { few: few.peak, many: many.peak, perSecond: manyRows / many.seconds };
    }),
  );
  return [
    observe('peak at 10 M rows', 'MB', runs, ({ many }) => many),
    observe('peak at 1 M rows', 'MB', runs, ({ few }) => few),
    observe('rows of the export of 10 M', '/s', runs, ({ perSecond }) => perSecond),
  ];
};

/** The peak of all processes of the worker, in MB, and the seconds, of one export. */
export async function peakOf(exporter: Exporter, rows: number) {
  const input = {
    source: { type: 'duckdb', query: query(rows) },
    cohortId: `memory-${rows}`,
    aliases: ['email'],
    threadCount: LANES,
  };
  const watch = watchMemory(exporter.worker.pid);
  const identifiers = rows + Math.ceil(rows / 4);
  const seconds = await timed(() => exporter.run(input, identifiers)).catch((error: unknown) => {
    watch.stop();
    throw error;
  });
  await exporter.control.forgetCohorts();
  return { peak: watch.stop(), seconds };
}
