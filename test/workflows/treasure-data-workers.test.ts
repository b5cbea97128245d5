import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it, vi } from 'vitest';
import type { Progress } from '../../src/domain/report.ts';
import { startProxy } from '../support/proxy.ts';
import { eventually } from './eventually.ts';
import { factsOf } from './history-facts.ts';
import { userNames } from './sandbox-control.ts';
import { temporalClient } from './temporal-client.ts';
import { TreasureData } from './treasure-data-exports.ts';
import { startWorkerCase, type WorkerCase } from './worker-process.ts';

// They wait more than they compute.
vi.setConfig({ maxConcurrency: 10 });

const USERS = 100;
const QUERY = `SELECT 'secret-user-' || i AS user_ids FROM range(${USERS}) t(i)`;

const temporal = temporalClient();

interface Case extends WorkerCase {
  readonly treasureData: TreasureData;
  readonly handle: WorkflowHandle;
}

async function withExport(test: WorkerCase, treasureData: TreasureData, of: object): Promise<Case> {
  const source = { type: 'treasureData', ...of };
  const handle = await test.startExport(temporal.client, { source });
  return { ...test, treasureData, handle };
}

/** An export whose job runs until it is told otherwise, and no worker yet. */
async function startCase(): Promise<Case> {
  const test = await startWorkerCase({ jobTimes: { hold: 'running' } });
  const source = { database: 'd', engine: 'trino', query: QUERY };
  return await withExport(test, new TreasureData(test.sandbox), source);
}

/** An export of a job whose result does not come until it is asked for again. */
async function startStaging(): Promise<Case> {
  const test = await startWorkerCase();
  const treasureData = new TreasureData(test.sandbox);
  const jobId = await treasureData.finished(QUERY);
  await test.control.fault({ kind: 'hang', on: 'td.result', jobId });
  return await withExport(test, treasureData, { jobId });
}

const querying = ({ handle }: Case) =>
  eventually(async () => {
    const { note } = await handle.query<Progress>('progress');
    expect(note).toMatch(/^waiting for job \d+$/);
  });

const staging = ({ treasureData }: Case) =>
  eventually(async () => expect(await treasureData.count('td.result')).toBe(1));

async function arrived({ treasureData, control, handle }: Case): Promise<void> {
  await handle.result();
  expect((await control.membersOf('vip')).userIds).toEqual(userNames(USERS, 'secret-user-'));
  expect(await treasureData.jobs()).toMatchObject([{ status: 'success' }]);
}

/** Whoever downloaded the result has gone away, and no longer waits for it. */
const abandoned = ({ treasureData }: Case) =>
  eventually(async () =>
    expect(await treasureData.requests('td.result')).toMatchObject([
      { fault: 'hang', status: null },
    ]),
  );

describe.concurrent('while rows are staged', () => {
  it('a worker that is killed takes its staging process with it, and another stages everything', async () => {
    await using test = await startStaging();
    const first = await test.folder.startWorker();
    await staging(test);
    expect(await first.end('SIGKILL')).toBe('SIGKILL');
    await abandoned(test);
    await test.folder.startWorker();
    await arrived(test);
    const facts = factsOf(await test.handle.fetchHistory());
    expect(facts).toContain('stageRows again after a lost worker');
    expect(await test.control.requestsFor('vip')).toBe(2);
  });

  it('a worker that is told to stop while it stages ends in time, and another stages everything', async () => {
    await using test = await startStaging();
    const first = await test.folder.startWorker();
    await staging(test);
    const toldAt = Date.now();
    expect(await first.endGroup('SIGTERM')).toBe(0);
    // The grace period of Kubernetes.
    expect(Date.now() - toldAt).toBeLessThan(30_000);
    await abandoned(test);
    await test.folder.startWorker();
    await arrived(test);
    const facts = factsOf(await test.handle.fetchHistory());
    // Not as if the query had ended unexpectedly, though the signal reached its process as well.
    expect(facts).toContain('stageRows again after WorkerStopping');
    expect(await test.control.requestsFor('vip')).toBe(2);
  });
});

describe.concurrent('while a job runs', () => {
  it('a worker that is killed costs nothing: the next one finds the job again', async () => {
    await using test = await startCase();
    const { treasureData, folder } = test;
    const first = await folder.startWorker();
    await querying(test);
    expect(await first.end('SIGKILL')).toBe('SIGKILL');
    const before = await treasureData.count('td.status');
    await folder.startWorker();
    await eventually(async () =>
      expect(await treasureData.count('td.status')).toBeGreaterThan(before),
    );
    await treasureData.hold(null);
    await arrived(test);
  });

  it('a worker that is told to stop while a job runs does so at once, and another continues', async () => {
    await using test = await startCase();
    const { treasureData, folder } = test;
    const first = await folder.startWorker();
    await querying(test);
    const toldAt = Date.now();
    expect(await first.end('SIGTERM')).toBe(0);
    expect(Date.now() - toldAt).toBeLessThan(5_000);
    expect(await treasureData.jobs()).toMatchObject([{ status: 'running' }]);
    await folder.startWorker();
    await treasureData.hold(null);
    await arrived(test);
  });

  it('a worker reaches Treasure Data through the proxy of its environment', async () => {
    await using test = await startCase();
    const { treasureData, folder } = test;
    using proxy = await startProxy();
    await folder.startWorker({ HTTP_PROXY: proxy.url });
    await treasureData.hold(null);
    await arrived(test);
    const routes = ['/v3/job/issue/', '/v3/job/status/', '/v3/job/show/', '/v3/job/result/'];
    for (const route of routes) {
      expect(proxy.paths.some((path) => path.startsWith(route))).toBe(true);
    }
  });

  it('a worker logs neither keys nor data', async () => {
    await using test = await startCase();
    const { treasureData, folder, handle } = test;
    const { apiKey } = treasureData.sandbox.treasureData;
    const stderr = `Query failed: Cannot cast 'secret-bob' to BIGINT as ${apiKey}`;
    await treasureData.control.fault(
      { kind: 'status', status: 503, on: 'td.issue', body: { message: `busy: ${apiKey}` } },
      { kind: 'fail', stderr },
    );
    const worker = await folder.startWorker();
    await treasureData.hold(null);
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'QueryFailed' } });
    expect(await worker.end('SIGTERM')).toBe(0);
    expect(worker.output()).toContain('busy: [redacted]');
    expect(worker.output()).not.toContain(apiKey);
    expect(worker.output()).not.toContain('secret-bob');
  });
});
