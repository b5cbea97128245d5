import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { duckdb } from '../../src/sources/duckdb/source.ts';
import { stageInProcess } from './stage-in-process.ts';

const STREAM_QUERY = fileURLToPath(new URL('./stream-query.ts', import.meta.url));
const RATE_ROWS = 2_000_000;
const FEW_ROWS = 1_000_000;
const MANY_ROWS = 10_000_000;

const query = (rows: number) =>
  `SELECT 'user-' || i AS user_ids, 'device-' || hash(i) AS device_ids, 'name' || i || '@example.com' AS email FROM range(${rows}) t(i)`;

export interface StagingFigures {
  /** Rows a second of the pipeline, as a part of those of just streaming the same query. */
  readonly rate: number;
  /** Peak memory at 10 M rows, as a multiple of that at 1 M. */
  readonly memory: number;
}

export async function measureStaging(): Promise<StagingFigures> {
  const { stdout } = await promisify(execFile)(process.execPath, [STREAM_QUERY, query(RATE_ROWS)]);
  const streamed = JSON.parse(stdout) as { rows: number; seconds: number };
  const staged = await stage(RATE_ROWS);
  const few = await stage(FEW_ROWS);
  const many = await stage(MANY_ROWS);
  return {
    rate: RATE_ROWS / staged.seconds / (streamed.rows / streamed.seconds),
    memory: many.peakBytes / few.peakBytes,
  };
}

function stage(rows: number) {
  return stageInProcess((directory) => ({
    reader: duckdb.reader.href,
    data: { directory, query: query(rows), scheduledTime: new Date(0).toISOString() },
  }));
}
