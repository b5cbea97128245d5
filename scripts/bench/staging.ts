import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { duckdb } from '../../src/sources/duckdb/source.ts';
import { type Bench, type Measure, observe, times } from './bench.ts';
import { type Observation, ratios } from './judge.ts';
import type { Sizes } from './sizes.ts';
import { type Staged, stageInProcess } from './stage-in-process.ts';

const STREAM_QUERY = fileURLToPath(new URL('./stream-query.ts', import.meta.url));
const MB = 1_000_000;

const query = (rows: number) =>
  `SELECT 'user-' || i AS user_ids, 'device-' || hash(i) AS device_ids, 'name' || i || '@example.com' AS email FROM range(${rows}) t(i)`;

export const measureStaging: Measure = (bench) => {
  const { staging } = bench.sizes;
  return compare(bench, staging, 'staging', {
    baseline: (rows) => secondsOf(STREAM_QUERY, [query(rows)]),
    stage: (rows) =>
      stageInProcess((directory) => ({
        reader: duckdb.reader.href,
        data: { directory, query: query(rows), scheduledTime: new Date(0).toISOString() },
      })),
  });
};

export interface Compared {
  /** Seconds of the least work that this many rows need. */
  readonly baseline: (rows: number) => Promise<number>;
  readonly stage: (rows: number) => Promise<Staged>;
}

/** Rates of a few rows in turns, and the peak of many rows against that of few. */
export async function compare(
  bench: Bench,
  { fewRows, manyRows }: Sizes['staging'],
  name: 'staging' | 'result',
  { baseline, stage }: Compared,
): Promise<Observation[]> {
  const pairs = await times(bench, async () => {
    const least = await baseline(fewRows);
    const { seconds, peakBytes } = await stage(fewRows);
    return { least: fewRows / least, ours: fewRows / seconds, peak: peakBytes / MB };
  });
  bench.progress(`memory of ${manyRows} rows`);
  const many = (await stage(manyRows)).peakBytes / MB;
  return [
    {
      name: `${name} rate`,
      unit: '',
      values: ratios(
        pairs.map(({ ours }) => ours),
        pairs.map(({ least }) => least),
      ),
    },
    observe(`${name} memory`, '', pairs, ({ peak }) => many / peak),
    observe('rows staged', '/s', pairs, ({ ours }) => ours),
    observe('rows of the baseline', '/s', pairs, ({ least }) => least),
    observe('peak of few rows', 'MB', pairs, ({ peak }) => peak),
    { name: 'peak of many rows', unit: 'MB', values: [many] },
  ];
}

/** Runs a script that prints how long its work took, without its own start. */
export async function secondsOf(script: string, args: readonly string[]): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args]);
  return (JSON.parse(stdout) as { seconds: number }).seconds;
}
