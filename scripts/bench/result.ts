import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Sources } from '../../src/sources/sources.ts';
import { treasureData } from '../../src/sources/treasure-data/source.ts';
import { startSandboxProcess } from './exporter.ts';
import { stageInProcess } from './stage-in-process.ts';
import type { StagingFigures } from './staging.ts';

const DECODE_RESULT = fileURLToPath(new URL('./decode-result.ts', import.meta.url));
const MANY_ROWS = 5_000_000;
const FEW_ROWS = 500_000;

const query = (rows: number) =>
  `SELECT 'user-' || i AS user_ids, uuid()::VARCHAR AS device_ids, 'name' || i || '@example.com' AS email FROM range(${rows}) t(i)`;

/** The same figures as for a query, for the result of a Treasure Data job: 5 M rows and 500 k. */
export async function measureResult(): Promise<StagingFigures> {
  await using stack = new AsyncDisposableStack();
  const root = await realpath(await mkdtemp(join(tmpdir(), 'bench-result-')));
  stack.defer(() => rm(root, { recursive: true }));
  const [sandboxProcess, sandbox] = await startSandboxProcess(root, 0);
  stack.use(sandboxProcess);
  const { apiKey } = sandbox.treasureData;
  const proxy = { httpProxy: null, httpsProxy: null, noProxy: null };
  const connection = { name: 'main', endpoint: sandbox.url, apiKey, proxy };
  const sources = new Sources([treasureData], { treasureData: { main: connection } });
  stack.use(sources);
  const spec = { type: 'treasureData', connection: 'main' };
  const jobs = sources.jobs(spec);

  const runJob = async (rows: number) => {
    const source = {
      type: 'treasureData',
      connection: 'main',
      database: 'bench',
      engine: 'trino',
      query: query(rows),
    } as const;
    const scheduledTime = new Date(0).toISOString();
    const run = { namespace: 'bench', workflowId: 'bench', runId: `${rows}`, scheduledTime };
    const { signal } = new AbortController();
    const job = await jobs.start(source, run, signal);
    await jobs.wait(job, signal, () => undefined);
    return job;
  };
  const stage = (job: { readonly jobId: string }) =>
    stageInProcess(() => sources.read(spec, { job, scheduledTime: new Date(0).toISOString() }));

  const few = await stage(await runJob(FEW_ROWS));
  const job = await runJob(MANY_ROWS);
  const url = `${sandbox.url}/v3/job/result/${job.jobId}?format=msgpack.gz`;
  const { stdout } = await promisify(execFile)(process.execPath, [DECODE_RESULT, url, apiKey]);
  const decoded = JSON.parse(stdout) as { rows: number; seconds: number };
  const many = await stage(job);
  return {
    rate: MANY_ROWS / many.seconds / (decoded.rows / decoded.seconds),
    memory: many.peakBytes / few.peakBytes,
  };
}
