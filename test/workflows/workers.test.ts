import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../sandbox/server.ts';
import { nextFree } from '../../scripts/temporal-cli/ports.ts';
import { createWorkerFolder } from './worker-process.ts';

const IDENTIFIERS = 40_000;
const REQUESTS = 41;
const LANES = 3;

let sandbox: Sandbox;
let connection: Connection;

beforeAll(async () => {
  sandbox = await startSandbox({ latencyMs: 100 });
  connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '' });
});
afterAll(async () => {
  await sandbox.close();
  await connection.close();
});
beforeEach(async () => {
  await fetch(`${sandbox.url}/sandbox/cohorts`, { method: 'DELETE' });
  await fetch(`${sandbox.url}/sandbox/stats`, { method: 'DELETE' });
});

async function highestAttempt(handle: WorkflowHandle): Promise<number> {
  const { raw } = await handle.describe();
  return Math.max(0, ...(raw.pendingActivities ?? []).map(({ attempt }) => attempt ?? 0));
}

async function setFault(fault: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(fault);
  await fetch(`${sandbox.url}/sandbox/faults`, { method: 'POST', headers, body });
}

/** A wire to Temporal that can be cut: the worker's end stays open, and nothing comes through. */
async function startWire(target: string) {
  const [host, port] = target.split(':') as [string, string];
  const wires: { near: Socket; far: Socket }[] = [];
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    wires.push({ near, far });
    near.pipe(far).pipe(near);
    for (const end of [near, far]) end.on('error', () => end.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      for (const { near, far } of wires) {
        near.unpipe(far);
        far.unpipe(near).destroy();
      }
      server.close();
    },
    [Symbol.asyncDispose]: async () => {
      for (const { near } of wires) near.destroy();
      server.close();
    },
  };
}

async function read<T>(path: string): Promise<T> {
  return (await (await fetch(`${sandbox.url}/sandbox/${path}`)).json()) as T;
}

const requests = async () => (await read<{ requests: number }>('stats')).requests;

async function startExport(taskQueue: string) {
  return await new Client({ connection }).workflow.start('exportCohort', {
    taskQueue,
    workflowId: `export-${randomUUID()}`,
    args: [
      {
        source: {
          type: 'duckdb',
          query: `SELECT 'user-' || i AS user_ids FROM range(${IDENTIFIERS}) t(i)`,
        },
        cohortId: 'vip',
        operation: 'APPEND',
        threadCount: LANES,
      },
    ],
  });
}

describe('a worker', () => {
  it('that is killed is followed by another, which sends little again', async () => {
    const taskQueue = `workers-${randomUUID()}`;
    await using folder = await createWorkerFolder(sandbox, taskQueue);
    const first = await folder.startWorker();
    const handle = await startExport(taskQueue);
    await expect.poll(requests).toBeGreaterThan(15);
    expect(await first.end('SIGKILL')).toBe('SIGKILL');
    await folder.startWorker();
    const report = await handle.result();
    expect(report).toMatchObject({ identifiers: { sent: IDENTIFIERS } });
    expect(await read('cohorts')).toMatchObject([{ size: IDENTIFIERS }]);
    // The request in flight, and those within 200 ms of the last heartbeat that went out.
    expect(await requests()).toBeLessThanOrEqual(REQUESTS + LANES * 4);
  });

  it('that is told to stop, once or twice, hands over without sending anything again', async () => {
    const taskQueue = `workers-${randomUUID()}`;
    await using folder = await createWorkerFolder(sandbox, taskQueue);
    const first = await folder.startWorker();
    const handle = await startExport(taskQueue);
    await expect.poll(requests).toBeGreaterThan(15);
    expect(await first.end('SIGTERM', 2)).toBe(0);
    expect(await requests()).toBeLessThan(REQUESTS);
    await folder.startWorker();
    await handle.result();
    expect(await requests()).toBe(REQUESTS);
  });

  it('that has nothing to do ends well, though told again when it is done already', async () => {
    await using folder = await createWorkerFolder(sandbox, `workers-${randomUUID()}`);
    const worker = await folder.startWorker();
    worker.child.kill('SIGTERM');
    await expect.poll(worker.output).toContain('STOPPED');
    expect(await worker.end('SIGTERM')).toBe(0);
  });

  it('that is cut off from Temporal stops sending before another goes on', async () => {
    const taskQueue = `workers-${randomUUID()}`;
    await using folder = await createWorkerFolder(sandbox, taskQueue);
    await using wire = await startWire(process.env.TEMPORAL_ADDRESS ?? '');
    await setFault({ kind: 'latency', ms: 4_000, on: 'users', times: 'always' });
    await folder.startWorker({ TEMPORAL_ADDRESS: wire.address });
    const handle = await startExport(taskQueue);
    await expect.poll(requests).toBeGreaterThan(LANES);
    wire.cut();
    await folder.startWorker();
    // A chunk takes 28 s: the first worker would be in the middle of it when the second begins.
    await expect.poll(() => highestAttempt(handle)).toBe(2);
    await fetch(`${sandbox.url}/sandbox/faults`, { method: 'DELETE' });
    await handle.result();
    expect((await read<{ maxInFlight: number }>('stats')).maxInFlight).toBe(LANES);
    expect(await read('cohorts')).toMatchObject([{ size: IDENTIFIERS }]);
  });

  it('serves health and metrics, without a key in them or in its log', async () => {
    const taskQueue = `workers-${randomUUID()}`;
    const health = await nextFree(38_080);
    const metrics = await nextFree(health + 1);
    const addresses = `healthAddress: 127.0.0.1:${health}\n  metricsAddress: localhost:${metrics}`;
    await using folder = await createWorkerFolder(sandbox, taskQueue, addresses);
    const worker = await folder.startWorker();
    const get = async (port: number, path: string) => {
      const response = await fetch(`http://localhost:${port}${path}`);
      return { status: response.status, text: await response.text() };
    };
    await expect.poll(async () => (await get(health, '/readyz')).status).toBe(200);
    expect(await get(health, '/healthz')).toEqual({ status: 200, text: 'ok\n' });
    await (await startExport(taskQueue)).result();
    const { text } = await get(metrics, '/metrics');
    expect(text).toMatch(
      /cohort_export_requests\{[^}]*connection="main"[^}]*status="201"[^}]*\} 41/,
    );
    expect(text).toContain('temporal_activity');
    expect(await worker.end('SIGINT')).toBe(0);
    for (const told of [text, worker.output()]) {
      expect(told).not.toContain(sandbox.braze.dataImportKey);
      expect(told).not.toContain(sandbox.braze.partnerApiKey);
      expect(told).not.toContain('user-1');
    }
  });

  it.each(['healthAddress', 'metricsAddress'])(
    'says what to do where its %s is taken',
    async (name) => {
      const taken = new URL(sandbox.url).port;
      await using folder = await createWorkerFolder(sandbox, 'q', `${name}: 127.0.0.1:${taken}`);
      await expect(folder.startWorker()).rejects.toThrow(
        new RegExp(
          `worker\\.${name} 127\\.0\\.0\\.1:${taken} cannot be used .*Name a free one`,
          's',
        ),
      );
    },
  );

  it('says what to do where there is no Temporal', async () => {
    await using folder = await createWorkerFolder(sandbox, 'q');
    const port = await nextFree(39_233);
    await expect(folder.startWorker({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` })).rejects.toThrow(
      `Temporal cannot be reached at 127.0.0.1:${port}`,
    );
  });

  it('says what to do where there is no such namespace', async () => {
    await using folder = await createWorkerFolder(sandbox, 'q');
    await expect(folder.startWorker({ TEMPORAL_NAMESPACE: 'nope' })).rejects.toThrow(
      'does not have the namespace "nope"',
    );
  });

  it('says that an API key turns TLS on where its Temporal has none, and how to turn it off', async () => {
    await using folder = await createWorkerFolder(sandbox, 'q');
    const TEMPORAL_API_KEY = 'hunter2';
    const failure = await folder.startWorker({ TEMPORAL_API_KEY }).catch((error: Error) => error);
    expect(String(failure)).toContain(
      'turns TLS on: if this server has none, unset the key or set',
    );
    expect(String(failure)).not.toContain(TEMPORAL_API_KEY);
    const worker = await folder.startWorker({ TEMPORAL_API_KEY, TEMPORAL_TLS: 'false' });
    expect(await worker.end('SIGTERM')).toBe(0);
  });

  it('says where to look when its Temporal profile cannot be read', async () => {
    await using folder = await createWorkerFolder(sandbox, 'q');
    const profile = join(folder.root, 'temporal.toml');
    await writeFile(profile, '');
    await expect(folder.startWorker({ TEMPORAL_CONFIG_FILE: profile })).rejects.toThrow(
      'temporal.toml: it needs a section [profile.default]',
    );
  });

  it('lists what is wrong with its configuration', async () => {
    await using folder = await createWorkerFolder(sandbox, 'q');
    await expect(folder.startWorker({ BRAZE_DATA_IMPORT_KEY: '' })).rejects.toThrow(
      'braze.main.dataImportKey: the environment variable BRAZE_DATA_IMPORT_KEY is empty',
    );
  });
});
