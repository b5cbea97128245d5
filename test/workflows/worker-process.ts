import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/server.ts';
import type { ExportReport } from '../../src/domain/report.ts';
import { SandboxControl } from './sandbox-control.ts';

const WORKER = fileURLToPath(new URL('../../src/worker.ts', import.meta.url));

export interface WorkerFolder extends AsyncDisposable {
  readonly root: string;
  /** Starts `src/worker.ts` as users do, and resolves when it polls. */
  readonly startWorker: (environment?: Record<string, string>) => Promise<WorkerProcess>;
}

export interface WorkerProcess {
  readonly child: ChildProcess;
  /** All that it printed. */
  readonly output: () => string;
  /** Sends a signal and resolves to how it ended: an exit code or a signal. */
  readonly end: (signal: NodeJS.Signals, times?: number) => Promise<number | string>;
  /** The same, sent to all of its processes, as Ctrl-C and systemd do. */
  readonly endGroup: (signal: NodeJS.Signals) => Promise<number | string>;
}

export interface WorkerCase extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly control: SandboxControl;
  readonly folder: WorkerFolder;
  /** Another folder with the same configuration, as on another host. */
  readonly addFolder: () => Promise<WorkerFolder>;
  readonly taskQueue: string;
  /** Starts an export of `vip`, whether or not there is a worker. */
  readonly startExport: (
    client: Client,
    input: object,
  ) => Promise<WorkflowHandle<() => Promise<ExportReport>>>;
}

const OWN_DIRECTORY = '{ directory: ./staging }';

/**
 * A sandbox and a task queue for workers that are processes of their own, so that tests with them run
 * side by side.
 * @param worker more lines of the section `worker`
 * @param braze more lines of the connection to Braze
 * @param staging the section `staging`, in one line
 */
export async function startWorkerCase(
  options: SandboxOptions = {},
  worker = '',
  braze = '',
  staging = OWN_DIRECTORY,
): Promise<WorkerCase> {
  await using stack = new AsyncDisposableStack();
  const sandbox = await startSandbox(options);
  stack.defer(() => sandbox.close());
  const control = new SandboxControl(sandbox);
  stack.defer(() => control.requireNoWarnings());
  const taskQueue = `workers-${randomUUID()}`;
  const addFolder = () => createWorkerFolder(sandbox, taskQueue, worker, braze, staging);
  const folder = stack.use(await addFolder());
  const resources = stack.move();
  return {
    sandbox,
    control,
    folder,
    addFolder,
    taskQueue,
    startExport: (client, input) =>
      client.workflow.start('exportCohort', {
        taskQueue,
        workflowId: `export-${randomUUID()}`,
        args: [{ cohortId: 'vip', operation: 'APPEND', ...input }],
      }),
    [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose](),
  };
}

/** A configuration in a folder of its own, for workers that are processes of their own. */
export async function createWorkerFolder(
  sandbox: Sandbox,
  taskQueue: string,
  worker = '',
  braze = '',
  staging = OWN_DIRECTORY,
): Promise<WorkerFolder> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'worker-')));
  await mkdir(join(root, 'data'));
  await writeFile(
    join(root, 'cohort-export.yaml'),
    `
braze:
  main:
    restEndpoint: ${sandbox.url}
    partnerApiKey: \${BRAZE_PARTNER_API_KEY}
    dataImportKey: \${BRAZE_DATA_IMPORT_KEY}
    ${braze}
treasureData:
  main: { endpoint: ${sandbox.url}, apiKey: '\${TD_API_KEY}' }
duckdb:
  local: { directory: ./data }
staging: ${staging}
worker:
  taskQueue: ${taskQueue}
  ${worker}
`,
  );
  const running: ChildProcess[] = [];
  return {
    root,
    startWorker: async (environment = {}) => {
      const child = spawn(process.execPath, [WORKER], {
        cwd: root,
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
          TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS,
          BRAZE_PARTNER_API_KEY: sandbox.braze.partnerApiKey,
          BRAZE_DATA_IMPORT_KEY: sandbox.braze.dataImportKey,
          TD_API_KEY: sandbox.treasureData.apiKey,
          ...environment,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
        // A process group of its own.
        detached: true,
      });
      running.push(child);
      return await whenPolling(child);
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of running) child.kill('SIGKILL');
      await rm(root, { recursive: true, maxRetries: 5 });
    },
  };
}

async function whenPolling(child: ChildProcess): Promise<WorkerProcess> {
  let output = '';
  const polling = Promise.withResolvers<void>();
  const read = (part: Buffer) => {
    output += part;
    if (output.includes('"message":"worker started"')) polling.resolve();
  };
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  const exited = once(child, 'exit');
  void exited.then(() => polling.reject(new Error(`the worker ended:\n${output}`)));
  await polling.promise;
  const ended = async () => {
    const [code, killedBy] = (await exited) as [number | null, string | null];
    return code ?? killedBy ?? 'unknown';
  };
  return {
    child,
    output: () => output,
    end: async (signal, times = 1) => {
      for (let i = 0; i < times; i += 1) child.kill(signal);
      return await ended();
    },
    endGroup: async (signal) => {
      process.kill(-(child.pid ?? Number.NaN), signal);
      return await ended();
    },
  };
}
