import { Exporter, type ExporterOptions } from './exporter.ts';
import type { Observation } from './judge.ts';
import type { Sizes } from './sizes.ts';

/** What a figure is measured with. */
export interface Bench {
  readonly sizes: Sizes;
  readonly runs: number;
  /** Shown while it works. */
  readonly progress: (text: string) => void;
  readonly withExporter: WithExporter;
}

/** Measures a figure: one value of each observation for each run. */
export type Measure = (bench: Bench) => Promise<readonly Observation[]>;

/** Hands over an exporter that is warm and idle. `latencyMs` is of each response of Braze, default 0. */
export type WithExporter = <T>(
  options: Partial<Pick<ExporterOptions, 'latencyMs' | 's3'>>,
  work: (exporter: Exporter) => Promise<T>,
) => Promise<T>;

/** A new one for each figure: none inherits the memory or the histories of another. */
export function freshExporters({ rate }: Pick<Sizes, 'rate'>): WithExporter {
  return async ({ latencyMs = 0, ...options }, work) => {
    const { requestsPerHour } = rate;
    await using exporter = await Exporter.start({ latencyMs, requestsPerHour, ...options });
    return await work(exporter);
  };
}

/** One for all, to save time. A latency that is ordered comes on top of the sandbox's own work. */
export function sharedExporter({ rate }: Sizes, stack: AsyncDisposableStack): WithExporter {
  let shared: Promise<Exporter> | null = null;
  const { requestsPerHour } = rate;
  return async ({ latencyMs = 0, s3 }, work) => {
    if (s3 !== undefined) return await freshExporters({ rate })({ latencyMs, s3 }, work);
    shared ??= Exporter.start({ latencyMs: 0, requestsPerHour }).then((one) => stack.use(one));
    const exporter = await shared;
    await exporter.control.reset();
    if (latencyMs > 0) {
      await exporter.control.order({ kind: 'latency', ms: latencyMs, times: 'always' });
    }
    return await work(exporter);
  };
}

/** Runs something several times, one after another. */
export async function times<T>(
  { runs, progress }: Pick<Bench, 'runs' | 'progress'>,
  work: (run: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (let run = 0; run < runs; run += 1) {
    progress(`run ${run + 1} of ${runs}`);
    results.push(await work(run));
  }
  return results;
}

/** Seconds that something takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

/** An observation from one property of each run. */
export function observe<T>(
  name: string,
  unit: string,
  runs: readonly T[],
  value: (run: T) => number,
): Observation {
  return { name, unit, values: runs.map(value) };
}
