import { expect, it } from 'vitest';
import { startDenyingProxy } from './denying-proxy.ts';
import { eventually } from './eventually.ts';
import { temporalClient } from './temporal-client.ts';
import { startWorkerCase } from './worker-process.ts';

const ENDLESS = {
  type: 'duckdb',
  query: 'SELECT i::VARCHAR AS user_ids FROM range(1e12::BIGINT) t(i)',
};

const temporal = temporalClient();

it.concurrent.each([
  [7, 'this worker may not describe workflows'],
  [13, 'describing the workflow keeps failing'],
])(
  'a cancel is noticed within seconds where describing fails with status %i, and it is logged once',
  async (status, words) => {
    const address = process.env.TEMPORAL_ADDRESS ?? '';
    await using proxy = await startDenyingProxy(address, status);
    proxy.deny((call) => call === 'DescribeWorkflowExecution');
    await using test = await startWorkerCase();
    const worker = await test.folder.startWorker({ TEMPORAL_ADDRESS: proxy.address });
    const handle = await test.startExport(temporal.client, { source: ENDLESS });
    await eventually(() => expect(worker.output()).toContain(words));
    expect(proxy.denied()).toBeGreaterThan(0);
    const askedAt = Date.now();
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow();
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    // Far below the 22 s between the heartbeats of an activity that can look.
    expect(Date.now() - askedAt).toBeLessThan(12_000);
    expect(worker.output().split(words)).toHaveLength(2);
  },
);
