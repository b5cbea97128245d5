import { fileURLToPath } from 'node:url';
import { Sources } from '../../src/sources/sources.ts';
import { treasureData } from '../../src/sources/treasure-data/source.ts';
import type { Measure } from './bench.ts';
import { stageInProcess } from './stage-in-process.ts';
import { compare, secondsOf } from './staging.ts';

const UNZIP_RESULT = fileURLToPath(new URL('./unzip-result.ts', import.meta.url));

const query = (rows: number) =>
  `SELECT 'user-' || i AS user_ids, uuid()::VARCHAR AS device_ids, 'name' || i || '@example.com' AS email FROM range(${rows}) t(i)`;

/** As for a query, for the results of Treasure Data's jobs. */
export const measureResult: Measure = (bench) =>
  bench.withExporter({}, async ({ sandbox }) => {
    const { apiKey } = sandbox.treasureData;
    const proxy = { httpProxy: null, httpsProxy: null, noProxy: null };
    const connection = { name: 'main', endpoint: sandbox.url, apiKey, proxy };
    await using sources = new Sources([treasureData], { treasureData: { main: connection } });
    const spec = { type: 'treasureData', connection: 'main' };
    const queryJobs = sources.jobs(spec);

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
      const job = await queryJobs.start(source, run, signal);
      await queryJobs.wait(job, signal, () => undefined);
      return job;
    };
    const { fewRows, manyRows } = bench.sizes.result;
    bench.progress(`jobs of ${fewRows} and ${manyRows} rows`);
    const jobs = new Map<number, { readonly jobId: string }>();
    for (const rows of [fewRows, manyRows]) jobs.set(rows, await runJob(rows));
    const jobOf = (rows: number) => jobs.get(rows) as { readonly jobId: string };

    return await compare(bench, bench.sizes.result, 'result', {
      baseline: (rows) => {
        const url = `${sandbox.url}/v3/job/result/${jobOf(rows).jobId}?format=msgpack.gz`;
        return secondsOf(UNZIP_RESULT, [url, apiKey]);
      },
      stage: (rows) =>
        stageInProcess(() =>
          sources.read(spec, { job: jobOf(rows), scheduledTime: new Date(0).toISOString() }),
        ),
    });
  });
