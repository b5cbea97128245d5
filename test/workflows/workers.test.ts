import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { nextFree } from '../../scripts/temporal-cli/ports.ts';
import { cohortLockId } from '../../src/domain/cohort-lock-messages.ts';
import { startWire } from '../support/wire.ts';
import { cancelInLanes } from './cancel.ts';
import { startDenyingProxy } from './denying-proxy.ts';
import { eventually } from './eventually.ts';
import { releaseIn } from './history-facts.ts';
import { userNames } from './sandbox-control.ts';
import { temporalClient } from './temporal-client.ts';
import { startWorkerCase, type WorkerCase, type WorkerProcess } from './worker-process.ts';

const IDENTIFIERS = 40_000;
const REQUESTS = 41;
const LANES = 3;
const INPUT = {
  source: {
    type: 'duckdb',
    query: `SELECT 'user-' || i AS user_ids FROM range(${IDENTIFIERS}) t(i)`,
  },
  threadCount: LANES,
};

const NOTHING = { type: 'duckdb', query: "SELECT '' AS user_ids LIMIT 0" };

const temporal = temporalClient();

const requests = async ({ control }: WorkerCase) => (await control.stats()).requests;

async function expectAllMembers({ control }: WorkerCase): Promise<void> {
  expect((await control.membersOf('vip')).userIds).toEqual(userNames(IDENTIFIERS));
}

const settleMsOf = async (handle: WorkflowHandle) =>
  releaseIn(await handle.fetchHistory()).settleMs;

async function highestAttempt(handle: WorkflowHandle): Promise<number> {
  const { raw } = await handle.describe();
  return Math.max(0, ...(raw.pendingActivities ?? []).map(({ attempt }) => attempt ?? 0));
}

/**
 * Cuts the worker off in the middle of a chunk that it would go on sending for longer than Temporal waits,
 * and lets another one continue.
 */
async function expectTakenOver(
  test: WorkerCase,
  cutOff: () => Promise<void>,
  whenTakenOver: (other: WorkerProcess) => Promise<void>,
): Promise<void> {
  const { control, folder, startExport } = test;
  await control.fault({ kind: 'latency', ms: 4_000, on: 'users', times: 'always' });
  const handle = await startExport(temporal.client, INPUT);
  await eventually(async () => expect(await requests(test)).toBeGreaterThan(LANES));
  await cutOff();
  const configuration = await readFile(join(folder.root, 'cohort-export.yaml'), 'utf8');
  // The addresses are those of the worker that is cut off.
  const other = configuration.replaceAll(/^ *(health|metrics)Address: .*$/gm, '');
  await writeFile(join(folder.root, 'other.yaml'), other);
  const worker = await folder.startWorker({ COHORT_EXPORT_CONFIG: 'other.yaml' });
  await eventually(async () => expect(await highestAttempt(handle)).toBeGreaterThanOrEqual(2));
  await whenTakenOver(worker);
  await control.send('DELETE', 'faults');
  await handle.result();
  expect((await control.stats()).maxInFlight).toBe(LANES);
  await expectAllMembers(test);
  expect(await settleMsOf(handle)).toBeGreaterThan(0);
}

describe.concurrent('workers', () => {
  it('after a worker is killed, another sends again only what was in flight', async () => {
    await using test = await startWorkerCase();
    const { control, folder, startExport } = test;
    const accepted = 24;
    await control.fault({ kind: 'hang', on: 'users', after: accepted, times: LANES });
    const first = await folder.startWorker();
    const handle = await startExport(temporal.client, INPUT);
    await eventually(async () => expect(await requests(test)).toBe(1 + accepted + LANES));
    // What was accepted is recorded, also where no heartbeat has told Temporal of it yet.
    expect(await first.end('SIGKILL')).toBe('SIGKILL');
    await folder.startWorker();
    expect(await handle.result()).toMatchObject({
      identifiers: { sent: IDENTIFIERS },
      requests: { accepted: REQUESTS - 1, retried: 0 },
    });
    expect(await requests(test)).toBe(REQUESTS + LANES);
    await expectAllMembers(test);
    // What the killed worker had in flight may still be applied.
    expect(await settleMsOf(handle)).toBeGreaterThan(0);
  });

  it('a worker that is told to stop drains also while an export waits for the lock of another', async () => {
    await using test = await startWorkerCase();
    const { control, folder, startExport, taskQueue } = test;
    await control.fault({ kind: 'latency', on: 'users', ms: 500, times: 'always' });
    const first = await folder.startWorker();
    const handles = [await startExport(temporal.client, INPUT)];
    await eventually(async () => expect(await requests(test)).toBeGreaterThan(1));
    handles.push(await startExport(temporal.client, INPUT));
    const key = { destination: 'braze', connection: 'main', cohortId: 'vip' };
    const lock = temporal.client.workflow.getHandle(cohortLockId(taskQueue, key));
    await eventually(async () => {
      const { raw } = await lock.describe();
      const pending = (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name);
      expect(pending).toContain('watchHolder');
    });
    const toldAt = Date.now();
    expect(await first.end('SIGTERM')).toBe(0);
    // Far below the 20 s after which the SDK gives up on what is in flight.
    expect(Date.now() - toldAt).toBeLessThan(15_000);
    await folder.startWorker();
    await Promise.all(handles.map((handle) => handle.result()));
    await expectAllMembers(test);
  });

  it.each([
    ['the name of a cohort', 'nameCohort', 1],
    ['a chunk', 'sendChunk', 0],
  ])(
    'a worker that is told to stop hands over %s that waits for the rate limit',
    async (...each) => {
      const [, name, exportsBefore] = each;
      // A request every three minutes.
      await using test = await startWorkerCase({}, '', 'requestsPerHour: 20');
      const first = await test.folder.startWorker();
      for (let i = 0; i < exportsBefore; i += 1) {
        await (await test.startExport(temporal.client, { source: NOTHING })).result();
      }
      const handle = await test.startExport(temporal.client, INPUT);
      const pending = async () => (await handle.describe()).raw.pendingActivities ?? [];
      await eventually(async () => {
        const waiting = await pending();
        expect(waiting.map(({ activityType }) => activityType?.name)).toContain(name);
        // By its first heartbeat it has long come to the request.
        for (const { lastHeartbeatTime } of waiting) expect(lastHeartbeatTime).toBeTruthy();
      });
      const toldAt = Date.now();
      expect(await first.end('SIGTERM')).toBe(0);
      expect(Date.now() - toldAt).toBeLessThan(15_000);
      for (const { lastFailure } of await pending()) {
        expect(lastFailure?.applicationFailureInfo?.type).toBe('WorkerStopping');
      }
      expect(await requests(test)).toBe(1);
      await handle.terminate();
    },
  );

  it('a worker that is told to stop, once or twice, hands over without sending anything again', async () => {
    await using test = await startWorkerCase();
    const { control, folder, startExport } = test;
    await control.fault({ kind: 'latency', on: 'users', ms: 1_500, after: 15, times: 'always' });
    const first = await folder.startWorker();
    const handle = await startExport(temporal.client, INPUT);
    await eventually(async () => expect(await requests(test)).toBeGreaterThan(1 + 15));
    expect(await first.end('SIGTERM', 2)).toBe(0);
    expect(await requests(test)).toBeLessThan(REQUESTS);
    expect((await control.stats()).inFlight).toBe(0);
    await control.send('DELETE', 'faults');
    await folder.startWorker();
    await handle.result();
    expect(await requests(test)).toBe(REQUESTS);
    await expectAllMembers(test);
    expect(await settleMsOf(handle)).toBe(0);
  });

  it('a worker that is told to stop aborts what has no response after 20 s, also of a cancelled export', async () => {
    await using test = await startWorkerCase();
    const { control, folder, startExport } = test;
    await control.fault({ kind: 'hang', on: 'users' });
    const first = await folder.startWorker();
    const handle = await startExport(temporal.client, { ...INPUT, threadCount: 1 });
    await eventually(async () => expect(await requests(test)).toBe(2));
    const sentAt = Date.now();
    await cancelInLanes(handle);
    expect(await first.end('SIGTERM')).toBe(0);
    // By itself the request would have ended after 60 s.
    expect(Date.now() - sentAt).toBeLessThan(50_000);
    await folder.startWorker();
    await expect(handle.result()).rejects.toThrow('cancelled');
    expect(await requests(test)).toBe(2);
    expect(await settleMsOf(handle)).toBeGreaterThan(0);
  });

  it('a worker that is cut off from Temporal stops sending before another continues, and works again once it reaches Temporal', async () => {
    await using test = await startWorkerCase();
    await using wire = await startWire(process.env.TEMPORAL_ADDRESS ?? '');
    const worker = await test.folder.startWorker({ TEMPORAL_ADDRESS: wire.address });
    const cutOff = async () => wire.cut();
    await expectTakenOver(test, cutOff, async (other) => {
      wire.mend();
      // Only the first one is left to finish the export.
      expect(await other.end('SIGTERM')).toBe(0);
    });
    expect(await worker.end('SIGTERM')).toBe(0);
  });

  it('a worker that Temporal refuses stops sending before another continues, and is not ready', async () => {
    const permissionDenied = 7;
    const address = process.env.TEMPORAL_ADDRESS ?? '';
    await using proxy = await startDenyingProxy(address, permissionDenied);
    await using started = await startServing({ TEMPORAL_ADDRESS: proxy.address });
    const { test, worker, health } = started;
    const ready = async () => (await fetch(`http://localhost:${health}/readyz`)).status;
    await eventually(async () => expect(await ready()).toBe(200));
    const refuse = async () => {
      const refusedAt = Date.now();
      // What Temporal answers without credentials too.
      proxy.deny((call) => call !== 'GetSystemInfo');
      await eventually(async () => expect(await ready()).toBe(503));
      expect(Date.now() - refusedAt).toBeLessThan(10_000);
    };
    await expectTakenOver(test, refuse, async () => {
      expect(worker.output()).toContain('has not accepted a heartbeat for 12 s (denied)');
      proxy.deny(() => false);
      await eventually(async () => expect(await ready()).toBe(200));
    });
    expect(await worker.end('SIGTERM')).toBe(0);
  });

  it('an idle worker ends cleanly, also when it is told twice', async () => {
    await using test = await startWorkerCase();
    const worker = await test.folder.startWorker();
    worker.child.kill('SIGTERM');
    await eventually(() => expect(worker.output()).toContain('STOPPED'));
    expect(await worker.end('SIGTERM')).toBe(0);
  });

  it('a worker serves health and metrics, without a key in them or in its log', async () => {
    await using started = await startServing();
    const { test, worker, health, metrics } = started;
    const get = async (port: number, path: string) => {
      const response = await fetch(`http://localhost:${port}${path}`);
      return { status: response.status, text: await response.text() };
    };
    await eventually(async () => expect((await get(health, '/readyz')).status).toBe(200));
    expect(await get(health, '/healthz')).toEqual({ status: 200, text: 'ok\n' });
    await (await test.startExport(temporal.client, INPUT)).result();
    const { text } = await get(metrics, '/metrics');
    expect(text).toMatch(
      /cohort_export_requests\{[^}]*connection="main"[^}]*status="201"[^}]*\} 41/,
    );
    expect(text).toContain('temporal_activity');
    expect(await worker.end('SIGINT')).toBe(0);
    const { dataImportKey, partnerApiKey } = test.sandbox.braze;
    for (const told of [text, worker.output()]) {
      expect(told).not.toContain(dataImportKey);
      expect(told).not.toContain(partnerApiKey);
      expect(told).not.toContain('user-1');
    }
  });
});

/** A worker on two free ports; between the look at them and their use, others may take them. */
async function startServing(environment: Record<string, string> = {}) {
  for (let from = 38_080; ; from += 100) {
    const health = await nextFree(from);
    const metrics = await nextFree(health + 1);
    const test = await startWorkerCase(
      {},
      `healthAddress: 127.0.0.1:${health}\n  metricsAddress: localhost:${metrics}`,
    );
    try {
      const worker = await test.folder.startWorker(environment);
      const dispose = () => test[Symbol.asyncDispose]();
      return { test, worker, health, metrics, [Symbol.asyncDispose]: dispose };
    } catch (error) {
      await test[Symbol.asyncDispose]();
      if (!/cannot be used/.test(String(error)) || from > 38_500) throw error;
    }
  }
}
