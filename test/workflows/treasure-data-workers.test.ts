import { randomUUID } from 'node:crypto';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Progress } from '../../src/domain/report.ts';
import { startProxy } from '../support/proxy.ts';
import { eventually } from './eventually.ts';
import { TreasureData } from './treasure-data-exports.ts';
import { createWorkerFolder } from './worker-process.ts';

let connection: Connection;

beforeAll(async () => {
  connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '' });
});
afterAll(() => connection.close());

interface Case extends AsyncDisposable {
  readonly treasureData: TreasureData;
  readonly folder: Awaited<ReturnType<typeof createWorkerFolder>>;
  readonly handle: WorkflowHandle;
  /** Waits until the export waits for its job. */
  readonly querying: () => Promise<void>;
}

/** An export whose job runs until it is told otherwise, and no worker yet. */
async function startCase(): Promise<Case> {
  const treasureData = await TreasureData.start({ jobTimes: { hold: 'running' } });
  const taskQueue = `treasure-data-${randomUUID()}`;
  const folder = await createWorkerFolder(treasureData.sandbox, taskQueue);
  const source = {
    type: 'treasureData',
    database: 'd',
    engine: 'trino',
    query: "SELECT 'secret-user-' || i AS user_ids FROM range(100) t(i)",
  };
  const handle = await new Client({ connection }).workflow.start('exportCohort', {
    taskQueue,
    workflowId: `export-${randomUUID()}`,
    args: [{ source, cohortId: 'vip', operation: 'APPEND' }],
  });
  const querying = () =>
    eventually(async () => {
      const { note } = await handle.query<Progress>('progress');
      expect(note).toMatch(/^waiting for job \d+$/);
    });
  const dispose = async () => {
    await folder[Symbol.asyncDispose]();
    await treasureData.sandbox.close();
  };
  return { treasureData, folder, handle, querying, [Symbol.asyncDispose]: dispose };
}

async function arrived({ treasureData, handle }: Case): Promise<void> {
  await handle.result();
  const { userIds } = await treasureData.control.membersOf('vip');
  expect(userIds).toHaveLength(100);
  expect(await treasureData.jobs()).toMatchObject([{ status: 'success' }]);
}

describe.concurrent('while a job runs, a worker', () => {
  it('that is killed costs nothing: the next one finds the job again', async () => {
    await using test = await startCase();
    const { treasureData, folder, querying } = test;
    const first = await folder.startWorker();
    await querying();
    expect(await first.end('SIGKILL')).toBe('SIGKILL');
    const before = await treasureData.count('td.status');
    await folder.startWorker();
    await eventually(async () =>
      expect(await treasureData.count('td.status')).toBeGreaterThan(before),
    );
    await treasureData.hold(null);
    await arrived(test);
  });

  it('that is told to stop does so at once, and another goes on', async () => {
    await using test = await startCase();
    const { treasureData, folder, querying } = test;
    const first = await folder.startWorker();
    await querying();
    const toldAt = Date.now();
    expect(await first.end('SIGTERM')).toBe(0);
    expect(Date.now() - toldAt).toBeLessThan(5_000);
    expect(await treasureData.jobs()).toMatchObject([{ status: 'running' }]);
    await folder.startWorker();
    await treasureData.hold(null);
    await arrived(test);
  });

  it('reaches Treasure Data through the proxy of its environment', async () => {
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

  it('has neither keys nor what comes out of the data in its log', async () => {
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
