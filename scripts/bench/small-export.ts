import { startExporter } from './exporter.ts';

const RUNS = 9;

/** Seconds from start to result of an export of 10 rows on a warm worker: the median. */
export async function measureSmallExport(): Promise<number> {
  await using exporter = await startExporter(0);
  const seconds: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const startedAt = performance.now();
    const handle = await exporter.start({
      source: { type: 'duckdb', query: "SELECT 'user-' || i AS user_ids FROM range(10) t(i)" },
      cohortId: `small-${run}`,
      operation: 'APPEND',
    });
    await handle.result();
    seconds.push((performance.now() - startedAt) / 1_000);
  }
  // The first runs fill caches: a worker is warm after them.
  const warm = seconds.slice(2).sort((a, b) => a - b);
  return warm[Math.floor(warm.length / 2)] as number;
}
