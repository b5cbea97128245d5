import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { type Sandbox, startSandbox } from '../../sandbox/server.ts';
import { type Config, loadConfig } from '../../src/config/config.ts';
import type { ExportTypes } from '../../src/domain/export-input.ts';
import type { ExportReport, Progress } from '../../src/domain/report.ts';
import { connectionTypes, EXPORT_TYPES } from '../../src/registry.ts';
import type { S3Settings } from '../../src/staging/s3/section.ts';
import { loadTemporalSettings } from '../../src/temporal/settings.ts';
import { createWorker, type RunningWorker } from '../../src/worker.ts';
import { SandboxControl } from './sandbox-control.ts';

/** The bundle of the workflows is made once, and shared. */
const CACHE = { HOME: process.env.HOME, COHORT_EXPORT_CACHE: process.env.COHORT_EXPORT_CACHE };

/** Failures are expected here, and each is told at length. */
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

export interface ExportEnvironment extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly client: Client;
  readonly taskQueue: string;
  /** The directory of the connection `local`. */
  readonly data: string;
  readonly staging: string;
  readonly start: (input: unknown, ...more: unknown[]) => Promise<WorkflowHandle>;
  readonly run: (input: unknown) => Promise<ExportReport>;
  readonly progress: (handle: WorkflowHandle) => Promise<Progress>;
  readonly control: SandboxControl;
  /** Starts another worker, with a staging directory of its own. */
  readonly addWorker: (staging: string) => Promise<AsyncDisposable>;
}

export interface ExportOptions {
  readonly latencyMs?: number;
  /** More settings of the connection `main` to Braze. */
  readonly braze?: string;
  /** Connections to Treasure Data besides `main`, which is the sandbox, a line each. */
  readonly treasureData?: readonly string[];
  /** What exports can read and send to; by default what there is. */
  readonly types?: ExportTypes;
  /** More sections of the configuration. */
  readonly sections?: string;
  /** The section `notifications`, in one line. */
  readonly notifications?: string;
  /** Absolute; by default below a directory that is gone after the tests. */
  readonly staging?: string;
  /** Instead of a directory. */
  readonly s3?: S3Settings;
  /** Of Treasure Data's requests. */
  readonly requestTimeoutMs?: number;
  /**
   * By names such as `data/members.csv`; `data` is the connection `local`, `other` is `other`, and
   * `tables` holds the tables of Treasure Data.
   */
  readonly files?: Record<string, string>;
}

/** A sandbox, a worker in this process and files to query, on the real Temporal of `TEMPORAL_ADDRESS`. */
export async function startExports(options: ExportOptions = {}): Promise<ExportEnvironment> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'exports-')));
  const data = join(root, 'data');
  for (const directory of ['data', 'other', 'tables']) await mkdir(join(root, directory));
  for (const [name, text] of Object.entries(options.files ?? {})) {
    await writeFile(join(root, name), text);
  }
  const sandbox = await startSandbox({
    latencyMs: options.latencyMs ?? 0,
    dataDirectory: join(root, 'tables'),
  });
  const taskQueue = `exports-${randomUUID()}`;
  await writeFile(join(root, 'cohort-export.yaml'), configuration(sandbox, taskQueue, options));
  const temporal = loadTemporalSettings(process.env, process.cwd());
  const { types = EXPORT_TYPES } = options;
  const config = withTimeout(
    loadConfig(CACHE, root, connectionTypes(types)),
    options.requestTimeoutMs,
  );
  const startWorker = async (directory: string): Promise<AsyncDisposable> => {
    const { keepRejects } = config.staging;
    const staging = { keepRejects, ...(options.s3 ? { s3: options.s3 } : { directory }) };
    const worker = await createWorker({ ...config, staging }, temporal, types);
    const running = worker.run();
    return { [Symbol.asyncDispose]: () => stop(worker, running) };
  };
  const { staging = join(root, 'staging') } = options;
  const worker = await startWorker(staging);
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection });

  const start: ExportEnvironment['start'] = (input, ...more) =>
    client.workflow.start('exportCohort', {
      taskQueue,
      workflowId: `export-${randomUUID()}`,
      args: [input, ...more],
    });
  const control = new SandboxControl(sandbox);
  return {
    sandbox,
    client,
    taskQueue,
    data,
    staging,
    addWorker: startWorker,
    start,
    run: async (input) => (await start(input)).result(),
    progress: (handle) => handle.query<Progress>('progress'),
    control,
    [Symbol.asyncDispose]: async () => {
      await worker[Symbol.asyncDispose]();
      try {
        await control.requireNoWarnings();
      } finally {
        await sandbox.close();
        await connection.close();
        await rm(root, { recursive: true });
      }
    },
  };
}

async function stop(worker: RunningWorker, running: Promise<void>): Promise<void> {
  worker.shutdown();
  await running;
}

/** No setting of users: real answers need their time. */
function withTimeout(config: Config, requestTimeoutMs: number | undefined): Config {
  const { treasureData = {}, ...others } = config.connections;
  const impatient = Object.fromEntries(
    Object.entries(treasureData).map(([name, connection]) => {
      return [name, { ...connection, requestTimeoutMs }];
    }),
  );
  return { ...config, connections: { ...others, treasureData: impatient } };
}

function configuration(
  sandbox: Sandbox,
  taskQueue: string,
  { braze = '', treasureData = [], notifications = '', sections = '' }: ExportOptions,
): string {
  return `
braze:
  main:
    restEndpoint: ${sandbox.url}
    partnerName: ${sandbox.braze.partnerName}
    partnerApiKey: ${sandbox.braze.partnerApiKey}
    dataImportKey: ${sandbox.braze.dataImportKey}
    ${braze}
  wrongKey:
    restEndpoint: ${sandbox.url}
    partnerApiKey: ${sandbox.braze.partnerApiKey}
    dataImportKey: not-the-data-import-key
treasureData:
  main: { endpoint: ${sandbox.url}, apiKey: ${sandbox.treasureData.apiKey} }
${treasureData.map((line) => `  ${line}`).join('\n')}
duckdb:
  local: { directory: ./data }
  other: { directory: ./other }
staging: { directory: ./staging }
worker: { taskQueue: ${taskQueue} }
${notifications && `notifications: ${notifications}`}
${sections}
`;
}
