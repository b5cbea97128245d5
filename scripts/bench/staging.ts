import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runStagingProcess } from '../../src/staging/staging-process.ts';

const STREAM_QUERY = fileURLToPath(new URL('./stream-query.ts', import.meta.url));
const RATE_ROWS = 2_000_000;
const FEW_ROWS = 1_000_000;
const MANY_ROWS = 10_000_000;
const LOOK_EVERY_MS = 20;

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

async function stage(rows: number): Promise<{ seconds: number; peakBytes: number }> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'bench-staging-')));
  let peakBytes = 0;
  const looking = setInterval(() => {
    peakBytes = Math.max(peakBytes, ...children().map(peakOf));
  }, LOOK_EVERY_MS);
  try {
    await mkdir(join(root, 'data'));
    const startedAt = performance.now();
    await runStagingProcess(
      {
        source: {
          type: 'duckdb',
          directory: join(root, 'data'),
          query: query(rows),
          scheduledTime: new Date(0).toISOString(),
        },
        stagingDirectory: join(root, 'staging'),
        place: { workflowId: 'bench', exportRunId: 'bench', runId: 'bench', attempt: 1 },
        operation: 'APPEND',
        aliases: ['email'],
        threadCount: 10,
        skipOnInvalidRecord: false,
      },
      { signal: new AbortController().signal, onProgress: () => undefined },
    );
    return { seconds: (performance.now() - startedAt) / 1_000, peakBytes };
  } finally {
    clearInterval(looking);
    await rm(root, { recursive: true });
  }
}

function children(): number[] {
  return readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
}

/** The kernel's own high-water mark, so that looking now and then misses no peak but the last. */
function peakOf(pid: number): number {
  try {
    const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(peak?.[1] ?? 0) * 1024;
  } catch {
    return 0; // It ended in between.
  }
}
