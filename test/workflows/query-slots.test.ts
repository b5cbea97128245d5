import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { expect, it } from 'vitest';
import { namedPipe } from '../support/processes.ts';
import { eventually } from './eventually.ts';
import { startWorkerCase } from './worker-process.ts';

it('queries that wait for a slot show it, and are cancelled and handed back at once', async () => {
  await using test = await startWorkerCase({}, 'maxConcurrentQueries: 1');
  const { folder, startExport } = test;
  const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '' });
  await using _ = { [Symbol.asyncDispose]: () => connection.close() };
  const client = new Client({ connection });
  const first = await folder.startWorker();
  const start = (cohortId: string, query: string) =>
    startExport(client, { cohortId, source: { type: 'duckdb', query } });
  const shown = async (handle: WorkflowHandle) => {
    const [activity] = (await handle.describe()).raw.pendingActivities ?? [];
    const [payload] = activity?.heartbeatDetails?.payloads ?? [];
    const { payloadConverter } = client.options.loadedDataConverter;
    const details: unknown = payload ? payloadConverter.fromPayload(payload) : null;
    return { details, failure: activity?.lastFailure?.applicationFailureInfo?.type };
  };
  await namedPipe(join(folder.root, 'data', 'never.csv'));
  const holder = await start('holds', "FROM 'never.csv'");
  await eventually(async () => {
    expect((await shown(holder)).details).toMatchObject({ isUnderWay: true });
  });
  const waiting: WorkflowHandle[] = [];
  for (const ahead of [0, 1]) {
    const handle = await start(`waits-${ahead}`, "SELECT 'u' AS user_ids");
    waiting.push(handle);
    const note = `waiting for a free query slot, ${ahead} ahead`;
    await eventually(async () => {
      expect((await shown(handle)).details).toMatchObject({ isUnderWay: false, note });
    });
  }
  const [cancelled, handedBack] = waiting as [WorkflowHandle, WorkflowHandle];
  await cancelled.cancel();
  await expect(cancelled.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  const ended = first.end('SIGTERM');
  await eventually(async () => {
    expect(await shown(handedBack)).toMatchObject({
      failure: 'WorkerStopping',
      details: { counted: 0, isUnderWay: false },
    });
  });
  // What runs goes on while the worker drains.
  expect(await shown(holder)).toMatchObject({ details: { isUnderWay: true } });
  expect(first.child.exitCode).toBe(null);
  await holder.cancel();
  expect(await ended).toBe(0);
  await folder.startWorker();
  expect(await handedBack.result()).toMatchObject({ identifiers: { sent: 1 } });
});
