import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { SandboxAccess } from '../../sandbox/server.ts';
import { startTemporalServer } from '../temporal-cli/dev-server.ts';
import { type NodeProcess, startNode } from './processes.ts';

const WORKER = fileURLToPath(new URL('../../src/worker.ts', import.meta.url));
const SANDBOX = fileURLToPath(new URL('../sandbox.ts', import.meta.url));
const TASK_QUEUE = 'bench';

/** Temporal, a sandbox and a worker, each in a process of its own, as in production. */
export interface Exporter extends AsyncDisposable {
  readonly root: string;
  readonly sandbox: SandboxAccess;
  readonly worker: NodeProcess;
  readonly start: (input: object) => Promise<WorkflowHandle>;
}

export async function startSandboxProcess(
  cwd: string,
  latencyMs: number,
): Promise<[NodeProcess, SandboxAccess]> {
  const sandbox = startNode(SANDBOX, ['--latency', String(latencyMs)], { cwd });
  const ready = await sandbox.line((line) => line.startsWith('{'));
  return [sandbox, JSON.parse(ready) as SandboxAccess];
}

export async function startExporter(latencyMs: number): Promise<Exporter> {
  const stack = new AsyncDisposableStack();
  const root = await realpath(await mkdtemp(join(tmpdir(), 'bench-')));
  stack.defer(() => rm(root, { recursive: true, maxRetries: 5 }));
  await mkdir(join(root, 'data'));
  const temporal = await startTemporalServer({ headless: true, portsFrom: 26_233 });
  stack.defer(() => temporal.stop());
  const [sandboxProcess, sandbox] = await startSandboxProcess(root, latencyMs);
  stack.use(sandboxProcess);
  await writeFile(
    join(root, 'cohort-export.yaml'),
    `
braze:
  main:
    restEndpoint: ${sandbox.url}
    partnerApiKey: ${sandbox.braze.partnerApiKey}
    dataImportKey: ${sandbox.braze.dataImportKey}
    requestsPerHour: 100000000
duckdb:
  local: { directory: ./data }
staging: { directory: ./staging }
worker: { taskQueue: ${TASK_QUEUE} }
`,
  );
  const worker = startNode(WORKER, [], { cwd: root, env: { TEMPORAL_ADDRESS: temporal.address } });
  stack.use(worker);
  await worker.line((line) => line.includes('worker started'));
  const connection = await Connection.connect({ address: temporal.address });
  stack.defer(() => connection.close());
  const client = new Client({ connection });
  return {
    root,
    sandbox,
    worker,
    start: (input) =>
      client.workflow.start('exportCohort', {
        taskQueue: TASK_QUEUE,
        workflowId: randomUUID(),
        args: [input],
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
