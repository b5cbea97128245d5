import { describe, expect, it } from 'vitest';
import { TreasureDataApi } from '../../../src/sources/treasure-data/api.ts';
import { TreasureDataJobs } from '../../../src/sources/treasure-data/query-jobs.ts';
import { withTreasureData } from '../../sandbox/treasure-data-client.ts';
import { startServer } from '../../support/servers.ts';

const never = new AbortController().signal;
const run = {
  namespace: 'default',
  workflowId: 'export',
  runId: 'run-1',
  scheduledTime: '2026-11-21T12:00:00.999Z',
};
const source = {
  type: 'treasureData',
  connection: 'main',
  database: 'd',
  engine: 'trino',
  query: 'SELECT 1',
} as const;
const saved = { type: 'treasureData', connection: 'main', savedQuery: 'vip' } as const;
const proxy = { httpProxy: null, httpsProxy: null, noProxy: null };

interface Given {
  readonly status?: number;
  readonly body: unknown;
}

/** Jobs of a Treasure Data that gives these responses, by the start of the path. */
async function withResponses(
  responses: Readonly<Record<string, Given>>,
  test: (jobs: TreasureDataJobs, requests: string[]) => Promise<void>,
  wait?: (ms: number) => Promise<unknown>,
): Promise<void> {
  const requests: string[] = [];
  await using server = await startServer(({ method, url = '' }, response) => {
    requests.push(`${method} ${url}`);
    const [, given] = Object.entries(responses).find(([path]) => url.startsWith(path)) ?? [];
    response.writeHead(given?.status ?? (given ? 200 : 404));
    const { body } = given ?? { body: {} };
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  const connection = { name: 'main', endpoint: server.url, apiKey: 'key', proxy };
  await using api = new TreasureDataApi(connection);
  await test(new TreasureDataJobs(api, wait), requests);
}

describe('a query', () => {
  it.each(['12', 12])('is a job whose id comes as %j', async (id) => {
    const responses = {
      '/v3/job/issue': { body: { job_id: id } },
      '/v3/schedule/run': { body: { jobs: [{ job_id: id }] } },
    };
    await withResponses(responses, async (jobs) => {
      expect(await jobs.start(source, run, never)).toEqual({ jobId: '12' });
      expect(await jobs.start(saved, run, never)).toEqual({ jobId: '12' });
    });
  });

  it.each(['12', 12])('that was started before is the job %j', async (id) => {
    const taken = { status: 409, body: { message: 'taken', details: { conflicts_with: id } } };
    const responses = { '/v3/job/issue': taken, '/v3/schedule/run': taken };
    await withResponses(responses, async (jobs) => {
      expect(await jobs.start(source, run, never)).toEqual({ jobId: '12' });
      expect(await jobs.start(saved, run, never)).toEqual({ jobId: '12' });
    });
  });

  it('that was started before as an unknown job is tried again', async () => {
    const responses = { '/v3/job/issue': { status: 409, body: { message: 'taken' } } };
    await withResponses(responses, async (jobs) => {
      await expect(jobs.start(source, run, never)).rejects.toMatchObject({
        type: 'SourceUnavailable',
        retry: 'backoff',
      });
    });
  });

  it('that is saved and starts no job fails with where to look', async () => {
    await withResponses({ '/v3/schedule/run': { body: { jobs: [] } } }, async (jobs) => {
      await expect(jobs.start(saved, run, never)).rejects.toMatchObject({
        type: 'QueryFailed',
        message: expect.stringContaining('did not start a job for the saved query "vip"'),
      });
    });
  });

  it('whose response is not that of Treasure Data is tried again', async () => {
    await withResponses({ '/v3/job/issue': { body: '<html>login</html>' } }, async (jobs) => {
      await expect(jobs.start(source, run, never)).rejects.toMatchObject({
        type: 'SourceUnavailable',
        retry: 'backoff',
        message: expect.stringContaining(
          'Unexpected response from Treasure Data to POST /v3/job/issue/trino/d (at ',
        ),
      });
    });
  });

  it.each([
    ['reset', 'UND_ERR_SOCKET|ECONNRESET'],
    ['hang', 'timeout'],
  ])('without a response (%s) is tried again', async (kind, code) => {
    await withTreasureData({}, async ({ sandbox, control }) => {
      const { apiKey } = sandbox.treasureData;
      await control('POST', '/faults', { kind, on: 'td.issue', applied: true });
      const connection = { name: 'main', endpoint: sandbox.url, apiKey, proxy };
      await using hasty = new TreasureDataApi({ ...connection, requestTimeoutMs: 2_000 });
      await using api = new TreasureDataApi(connection);
      const first = new TreasureDataJobs(kind === 'hang' ? hasty : api);
      const failure = await first.start(source, run, never).catch((error: Error) => error);
      expect(failure).toMatchObject({ type: 'SourceUnavailable', retry: 'backoff' });
      expect((failure as Error).message).toMatch(
        new RegExp(`No response from Treasure Data \\((${code})\\)`),
      );
      const { jobId } = await new TreasureDataJobs(api).start(source, run, never);
      const [only, ...others] = await control<object[]>('GET', '/treasure-data/jobs');
      expect(only).toMatchObject({
        jobId,
        scheduledTime: Date.parse('2026-11-21T12:00:00Z') / 1e3,
      });
      expect(others).toEqual([]);
    });
  });

  it('has a different key for each run, and the same for each attempt', async () => {
    await withTreasureData({}, async ({ sandbox }) => {
      const { apiKey } = sandbox.treasureData;
      const api = new TreasureDataApi({ name: 'main', endpoint: sandbox.url, apiKey, proxy });
      const jobs = new TreasureDataJobs(api);
      const start = async (changes: object) =>
        (await jobs.start(source, { ...run, ...changes }, never)).jobId;
      const first = await start({});
      expect(await start({ scheduledTime: '2026-11-22T12:00:00.000Z' })).toBe(first);
      const others = [
        await start({ runId: 'run-2' }),
        await start({ workflowId: 'other' }),
        await start({ namespace: 'other' }),
        await start({ workflowId: 'export","run-1', runId: '' }),
      ];
      expect(new Set([first, ...others]).size).toBe(5);
      await api[Symbol.asyncDispose]();
    });
  });
});

describe('a job', () => {
  it('whose state is not known has not ended', async () => {
    const abort = new AbortController();
    const responses = { '/v3/job/status': { body: { status: 'thinking' } } };
    await withResponses(responses, async (jobs) => {
      const waited = jobs.wait({ jobId: '12' }, abort.signal, () => abort.abort());
      await expect(waited).rejects.toThrow('aborted');
    });
  });

  it('that ended is not reported as running while the reason is unknown', async () => {
    const responses = {
      '/v3/job/status': { body: { status: 'error' } },
      '/v3/job/show': { status: 503, body: '' },
    };
    await withResponses(responses, async (jobs) => {
      let underWay = 0;
      const waited = jobs.wait({ jobId: '12' }, never, () => {
        underWay += 1;
      });
      await expect(waited).rejects.toMatchObject({ retry: 'backoff' });
      expect(underWay).toBe(0);
    });
  });

  it('that failed says so where Treasure Data does not say why', async () => {
    const responses = {
      '/v3/job/status': { body: { status: 'error' } },
      '/v3/job/show': { body: { status: 'error', url: 'https://console.example/jobs/12' } },
    };
    await withResponses(responses, async (jobs) => {
      await expect(jobs.wait({ jobId: '12' }, never, () => undefined)).rejects.toMatchObject({
        type: 'QueryFailed',
        message:
          "Treasure Data's job 12 failed without giving a reason. Correct the query and start a new export. Its log: https://console.example/jobs/12",
      });
    });
  });

  it.each([
    ['runs', { body: { job_id: 12, status: 'running' } }, true],
    ['has ended', { body: { job_id: 12, status: 'success' } }, false],
    ['was never started', { status: 404, body: {} }, false],
  ])('is killed where it %s: %j', async (_, found, isKilled) => {
    const responses = { '/v3/job/status_by_domain_key': found, '/v3/job/kill': { body: {} } };
    await withResponses(
      responses,
      async (jobs, requests) => {
        await jobs.stop(source, run, never);
        expect(requests.includes('POST /v3/job/kill/12')).toBe(isKilled);
      },
      async () => undefined,
    );
  });

  it('is killed where it is registered only after the cancel', async () => {
    const responses: Record<string, Given> = { '/v3/job/kill': { body: {} } };
    const waits: number[] = [];
    const wait = async (ms: number) => {
      const job = { body: { job_id: 12, status: 'running' } };
      if (waits.push(ms) === 2) responses['/v3/job/status_by_domain_key'] = job;
    };
    await withResponses(
      responses,
      async (jobs, requests) => {
        await jobs.stop(source, run, never);
        expect(requests).toContain('POST /v3/job/kill/12');
        expect(waits).toEqual([1_000, 2_000]);
      },
      wait,
    );
  });

  it('that the source names is never killed, or even looked for', async () => {
    await withResponses({}, async (jobs, requests) => {
      const named = { type: 'treasureData', connection: 'main', jobId: '12' } as const;
      await jobs.stop(named, run, never);
      expect(requests).toEqual([]);
    });
  });
});
