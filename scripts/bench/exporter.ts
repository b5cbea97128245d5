import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { SandboxAccess } from '../../sandbox/server.ts';
import { startTemporalServer } from '../temporal-cli/dev-server.ts';
import { type NodeProcess, startNode } from './processes.ts';
import { SandboxControl, startSandboxProcess } from './sandbox.ts';

const WORKER = fileURLToPath(new URL('../../src/worker.ts', import.meta.url));
const PACKAGE = new URL('../../package.json', import.meta.url);
const TASK_QUEUE = 'bench';
const PORTS_FROM = 26_233;
/** No limit: what is measured is the exporter. */
const UNLIMITED = 1_000_000_000;

export interface ExporterOptions {
  /** Of each response of Braze. */
  readonly latencyMs: number;
  /** Of the connection `limited`; that of `main` has no limit. */
  readonly requestsPerHour: number;
  /** Where it stages; by default in a directory. */
  readonly s3?: S3Staging;
}

/** A bucket, with the credentials for it. */
export interface S3Staging {
  readonly settings: object;
  readonly credentials: Readonly<Record<string, string>>;
}

/** What an export is asked for, and what its result says, as far as the benchmark uses it. */
export interface ExportInput {
  readonly source: object;
  readonly cohortId: string;
  readonly connection?: string;
  readonly aliases?: readonly string[];
  readonly threadCount?: number;
}
type Report = { readonly identifiers: { readonly sent: number } };

/** Temporal, a sandbox and a worker, each in a process of its own, as in production. */
export class Exporter implements AsyncDisposable {
  readonly client: Client;
  readonly sandbox: SandboxAccess;
  readonly control: SandboxControl;
  /** Where Temporal serves its own metrics. */
  readonly metricsUrl: string;
  worker: NodeProcess;
  readonly #startWorker: () => Promise<NodeProcess>;
  #stack = new AsyncDisposableStack();

  private constructor(
    parts: Pick<Exporter, 'client' | 'sandbox' | 'metricsUrl' | 'worker'>,
    startWorker: () => Promise<NodeProcess>,
  ) {
    this.client = parts.client;
    this.sandbox = parts.sandbox;
    this.control = new SandboxControl(parts.sandbox.url);
    this.metricsUrl = parts.metricsUrl;
    this.worker = parts.worker;
    this.#startWorker = startWorker;
  }

  /** Starts all parts, and sends ten rows so that everything is loaded. */
  static async start(options: ExporterOptions): Promise<Exporter> {
    await using stack = new AsyncDisposableStack();
    const root = await realpath(await mkdtemp(join(tmpdir(), 'bench-')));
    stack.defer(() => rm(root, { recursive: true, maxRetries: 5 }));
    // For a benchmark that is interrupted.
    const removeAtExit = () => rmSync(root, { recursive: true, force: true, maxRetries: 5 });
    process.once('exit', removeAtExit);
    stack.defer(() => void process.off('exit', removeAtExit));
    const data = join(root, 'data');
    await mkdir(data);
    const metrics = Promise.withResolvers<string>();
    const temporal = await startTemporalServer({
      headless: true,
      portsFrom: PORTS_FROM,
      output: (line) => {
        const url = /^Temporal Metrics:\s+(\S+)/.exec(line)?.[1];
        if (url !== undefined) metrics.resolve(url);
      },
    });
    stack.defer(() => temporal.stop());
    const [sandboxProcess, sandbox] = await startSandboxProcess(root, data, options.latencyMs);
    stack.use(sandboxProcess);
    await writeFile(join(root, 'cohort-export.yaml'), configuration(sandbox, options));
    const connection = await Connection.connect({ address: temporal.address });
    stack.defer(() => connection.close());
    const client = new Client({ connection });
    const metricsUrl = await metrics.promise;
    const startWorker = async () => {
      const worker = startNode(WORKER, [], {
        cwd: root,
        env: { ...workerEnvironment(temporal.address), ...options.s3?.credentials },
        nodeOptions: workerNodeOptions(),
      });
      await worker.line((line) => line.includes('worker started'));
      return worker;
    };
    const worker = await startWorker();
    const exporter = new Exporter({ client, sandbox, metricsUrl, worker }, startWorker);
    stack.defer(() => exporter.worker[Symbol.asyncDispose]());
    await exporter.run({ source: userIds(10), cohortId: 'warm-up' }, 10);
    exporter.#stack = stack.move();
    return exporter;
  }

  /** A worker in place of one that has ended. */
  async replaceWorker(): Promise<void> {
    this.worker = await this.#startWorker();
  }

  start(input: ExportInput): Promise<WorkflowHandle> {
    return this.client.workflow.start('exportCohort', {
      taskQueue: TASK_QUEUE,
      workflowId: randomUUID(),
      args: [{ operation: 'APPEND', ...input }],
    });
  }

  /** Runs an export to its end, and throws unless it sent this many identifiers. */
  async run(input: ExportInput, identifiers: number): Promise<void> {
    await finish(await this.start(input), identifiers);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** Waits for the end of an export, and throws unless it sent this many identifiers. */
export async function finish(handle: WorkflowHandle, identifiers: number): Promise<void> {
  const { sent } = ((await handle.result()) as Report).identifiers;
  if (sent !== identifiers) throw new Error(`${sent} identifiers were sent, not ${identifiers}`);
}

/** A source of this many rows with one identifier each. */
export function userIds(rows: number): { readonly type: string; readonly query: string } {
  return {
    type: 'duckdb',
    query: `SELECT 'user-' || i AS user_ids FROM range(${rows}) t(i)`,
  };
}

/** A configuration, another Temporal or a proxy of the developer's are not for this worker. */
function workerEnvironment(address: string): NodeJS.ProcessEnv {
  const isForOthers = (name: string) => /^(TEMPORAL_|COHORT_EXPORT_|https?_proxy$)/i.test(name);
  const own = Object.entries(process.env).filter(([name]) => !isForOthers(name));
  return { ...Object.fromEntries(own), TEMPORAL_ADDRESS: address };
}

function configuration(sandbox: SandboxAccess, { requestsPerHour, s3 }: ExporterOptions): string {
  const { partnerApiKey, dataImportKey } = sandbox.braze;
  const braze = (limit: number) =>
    JSON.stringify({
      restEndpoint: sandbox.url,
      partnerApiKey,
      dataImportKey,
      requestsPerHour: limit,
    });
  // YAML takes JSON as it is.
  return `
braze:
  main: ${braze(UNLIMITED)}
  limited: ${braze(requestsPerHour)}
treasureData:
  main: ${JSON.stringify({ endpoint: sandbox.url, apiKey: sandbox.treasureData.apiKey })}
duckdb:
  local: { directory: ./data }
staging: ${JSON.stringify(s3 === undefined ? { directory: './staging' } : { s3: s3.settings })}
worker: { taskQueue: ${TASK_QUEUE} }
`;
}

/** Those of `npm run worker`: what is measured is what users run. */
function workerNodeOptions(): string[] {
  const { scripts } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { scripts: { worker: string } };
  return scripts.worker.split(' ').filter((word) => word.startsWith('--'));
}
