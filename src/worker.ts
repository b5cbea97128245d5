import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import type { ActivityDependencies } from './activities/dependencies.ts';
import { createActivities } from './activities/index.ts';
import { type Config, loadConfig } from './config/config.ts';
import { Braze } from './destinations/braze/braze.ts';
import type { Destination } from './domain/ports.ts';
import { Webhook } from './notifications/webhook.ts';
import { type Address, addressText, resolveAddress } from './observability/address.ts';
import { serveHealth } from './observability/health.ts';
import { createLogger } from './observability/logging.ts';
import { createRequestMetrics } from './observability/metrics.ts';
import { Sources, unknownConnection } from './sources/sources.ts';
import { DirectoryStaging } from './staging/directory-staging.ts';
import { StagingProcesses } from './staging/staging-processes.ts';
import { type StagedExport, sweepStaging } from './staging/sweep.ts';
import { TemporalContact } from './temporal/contact.ts';
import { describeExport } from './temporal/export-status.ts';
import { loadTemporalSettings, type TemporalSettings } from './temporal/settings.ts';

const WORKFLOWS = fileURLToPath(new URL('./workflows/index.ts', import.meta.url));
/** Long enough for a request in flight; below the 30 s after which Kubernetes kills. */
const DRAIN_FOR = '20s';
/** A kill -9 sends again what was accepted since the last heartbeat that went out. */
const HEARTBEAT_AT_MOST_EVERY = '200ms';
/** Each running export has at most ten lanes; the SDK's 100 would be ten exports. */
const ACTIVITIES_AT_ONCE = 400;
/** npm, a terminal and a shell script each send their own, at about the same time. */
const SECOND_SIGNAL_WITHIN_MS = 500;
const PROBE_TIMEOUT_MS = 3_000;
const SWEEP_EVERY_MS = 60 * 60 * 1000;
/** A Temporal that was set up anew knows none of the old exports, nor one that is just starting. */
const UNKNOWN_EXPORT_KEPT_MS = 24 * 60 * 60 * 1000;

export interface RunningWorker {
  /** Resolves when the worker has stopped, rejects when it fails. */
  readonly run: () => Promise<void>;
  /** Finishes what is in flight, and stops. May be called more than once. */
  readonly shutdown: () => void;
}

/** Connects a worker to Temporal and wires its parts together. */
export async function createWorker(
  config: Config,
  temporal: TemporalSettings,
): Promise<RunningWorker> {
  const { logger } = Runtime.instance();
  for (const warning of config.warnings) logger.warn(warning);
  const staging = new DirectoryStaging(config.staging.directory);
  await staging.prepare();
  const connection = await connect(temporal);
  const draining = new AbortController();
  const contact = new TemporalContact(() => probe(connection));
  const destinations = createDestinations(config);
  const sources = new Sources(config);
  const notifier = createNotifier(config);
  const stagingProcesses = new StagingProcesses({
    stagingDirectory: staging.root,
    sourceTypes: sources.types,
    certificates: config.certificates,
  });
  const deps: ActivityDependencies = {
    findDestination: (name) => findDestination(destinations, name),
    sources,
    staging,
    stagingProcesses,
    notifier,
    draining: draining.signal,
    contact,
  };
  const worker = await Worker.create({
    connection,
    namespace: temporal.namespace,
    taskQueue: config.worker.taskQueue,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: WORKFLOWS,
      logger: new DefaultLogger('ERROR'),
    }),
    activities: createActivities(deps),
    shutdownGraceTime: DRAIN_FOR,
    maxHeartbeatThrottleInterval: HEARTBEAT_AT_MOST_EVERY,
    maxConcurrentActivityTaskExecutions: ACTIVITIES_AT_ONCE,
  }).catch((error: unknown) => {
    throw explainTemporal(error, temporal);
  });
  const { healthAddress } = config.worker;
  const health =
    healthAddress &&
    (await serveHealth(
      healthAddress,
      () => worker.getState() === 'RUNNING' && !contact.signal.aborted,
    ));
  const client = new Client({ connection, namespace: temporal.namespace });

  const run = async () => {
    const sweeping = setInterval(() => void sweep(config, client), SWEEP_EVERY_MS);
    void sweep(config, client);
    logger.info('worker started', {
      taskQueue: config.worker.taskQueue,
      temporal: temporal.address,
      namespace: temporal.namespace,
    });
    try {
      if (!draining.signal.aborted) await worker.run();
    } finally {
      clearInterval(sweeping);
      contact[Symbol.dispose]();
      health?.close();
      await Promise.all(
        [...destinations.values()].map((destination) => destination[Symbol.asyncDispose]()),
      );
      await sources.close();
      await notifier?.[Symbol.asyncDispose]();
      stagingProcesses[Symbol.dispose]();
      await connection.close();
    }
  };
  const shutdown = () => {
    if (draining.signal.aborted) return;
    draining.abort();
    if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return { run, shutdown };
}

async function connect(temporal: TemporalSettings): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(temporal.connectionOptions);
  } catch (error) {
    throw explainTemporal(error, temporal);
  }
}

function explainTemporal(error: unknown, temporal: TemporalSettings): Error {
  const { address, namespace, connectionOptions } = temporal;
  const reason = error instanceof Error ? error.message : String(error);
  if (/^Namespace .* was not found/.test(reason)) {
    return new Error(
      `Temporal at ${address} does not have the namespace "${namespace}", or does not show it to these credentials. Create it, or name another in TEMPORAL_NAMESPACE or TEMPORAL_PROFILE.`,
    );
  }
  const shortReason = /message: "([^"]+)"/.exec(reason)?.[1] ?? reason;
  // `true` is the SDK's doing; what a person sets is an object or `false`.
  const hint =
    connectionOptions.tls === true
      ? ' TEMPORAL_API_KEY (or api_key in the profile) turns TLS on: if this server has none, unset the key or set TEMPORAL_TLS=false.'
      : '';
  return new Error(
    `Temporal cannot be reached at ${address} (${shortReason}). Start it, or name another in TEMPORAL_ADDRESS or TEMPORAL_PROFILE.${hint}`,
  );
}

async function probe(connection: NativeConnection): Promise<void> {
  const deadline = Date.now() + PROBE_TIMEOUT_MS;
  await connection.withDeadline(deadline, () => connection.workflowService.getSystemInfo({}));
}

function createDestinations(config: Config): Map<string, Braze> {
  return new Map(
    Object.entries(config.braze).map(([name, section]) => {
      const settings = { ...section, proxy: config.proxy };
      return [name, new Braze(settings, createRequestMetrics(name))];
    }),
  );
}

function createNotifier({ notifications, proxy }: Config): Webhook | null {
  return notifications === undefined ? null : new Webhook({ ...notifications, proxy });
}

function findDestination(
  destinations: ReadonlyMap<string, Destination>,
  name: string,
): Destination {
  const destination = destinations.get(name);
  if (destination === undefined) throw unknownConnection('braze', name, [...destinations.keys()]);
  return destination;
}

async function sweep(config: Config, client: Client): Promise<void> {
  const { logger } = Runtime.instance();
  const isOpen = async (owner: StagedExport) => {
    const found = await describeExport(client, owner);
    return found.known ? found.status === 'RUNNING' : owner.ageMs < UNKNOWN_EXPORT_KEPT_MS;
  };
  try {
    const removed = await sweepStaging({
      directory: config.staging.directory,
      keepRejectsMs: config.staging.keepRejects,
      isOpen,
    });
    if (removed.runs + removed.rejects > 0) logger.info('removed old staged rows', removed);
  } catch (error) {
    logger.warn('old staged rows could not be removed; the next sweep tries again', { error });
  }
}

/** The process `npm run worker`. */
async function main(): Promise<void> {
  const directory = process.env.INIT_CWD ?? process.cwd();
  const config = loadConfig(process.env, directory);
  await installRuntime(config.worker.metricsAddress);
  const worker = await createWorker(config, loadTemporalSettings(process.env, directory));
  // The handlers stay: npm and a terminal send the same signal to the whole group.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, worker.shutdown);
  await worker.run();
  // Node gives its handlers up before it is gone, and a second signal then would make it a failure.
  await delay(SECOND_SIGNAL_WITHIN_MS);
}

async function installRuntime(address: Address | undefined): Promise<void> {
  try {
    const bindAddress = address && (await resolveAddress(address));
    Runtime.install({
      logger: createLogger(),
      shutdownSignals: [],
      telemetryOptions: {
        logging: { forward: {}, filter: { core: 'WARN', other: 'ERROR' } },
        ...(bindAddress === undefined ? {} : { metrics: { prometheus: { bindAddress } } }),
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (address === undefined) throw error;
    throw new Error(
      `worker.metricsAddress ${addressText(address)} cannot be used (${reason}). Name a free one, or leave it out.`,
    );
  }
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
}
