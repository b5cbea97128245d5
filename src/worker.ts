import './config/file-threads.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { Runtime, Worker } from '@temporalio/worker';
import { createActivities } from './activities/index.ts';
import { callerDirectory } from './command-line/caller-directory.ts';
import type { Script } from './command-line/command.ts';
import { runScript } from './command-line/script.ts';
import { type Config, loadConfig } from './config/config.ts';
import { Destinations } from './destinations/destinations.ts';
import type { ExportTypes } from './domain/export-input.ts';
import type { Notifier } from './domain/notifier-port.ts';
import { Webhook } from './notifications/webhook.ts';
import { serveHealth } from './observability/health.ts';
import { createRequestMetrics } from './observability/metrics.ts';
import { connectionTypes, EXPORT_TYPES } from './registry.ts';
import { Sources } from './sources/sources.ts';
import { QuerySlots } from './staging/query-slots.ts';
import { Scratch } from './staging/scratch.ts';
import { StagingProcesses } from './staging/staging-processes.ts';
import { openStore } from './staging/stores.ts';
import { startSweeping } from './staging/sweeping.ts';
import { clientOptions, connectWorker } from './temporal/connection.ts';
import { explainTemporal } from './temporal/explain.ts';
import { mayBeOpen } from './temporal/export-status.ts';
import { identifyNamespace } from './temporal/namespace.ts';
import { PollProbe } from './temporal/poll-probe.ts';
import { installRuntime } from './temporal/runtime.ts';
import { prepareSearchAttributes } from './temporal/search-attributes.ts';
import { loadTemporalSettings, type TemporalSettings } from './temporal/settings.ts';
import { workflowBundle } from './temporal/workflow-bundle.ts';

const WORKER: Script = {
  call: 'npm run worker',
  operands: null,
  options: [],
  flags: [],
  summary: 'Runs exports until SIGTERM or SIGINT, and then finishes the requests in flight.',
  help: `COHORT_EXPORT_CONFIG names its configuration (default cohort-export.yaml); docs/configuration.md
describes it. Temporal is found as the Temporal CLI finds it: TEMPORAL_ADDRESS and so on.`,
};
/** Long enough for a request in flight; below the 30 s after which Kubernetes kills. */
const DRAIN_FOR_MS = 20_000;
/** Each running export has at most ten lanes; the SDK's 100 would be ten exports. */
const ACTIVITIES_AT_ONCE = 400;
const NEW_STORE =
  'created a new staging store; if other workers of this task queue have one already, this is not the one that they share: is its file system mounted, are its bucket and prefix right?';
const IN_MEMORY =
  'worker.scratchDirectory is on a file system in memory (tmpfs), so queries that spill there use the memory that spilling should save. Set it to a directory on a local disk';
/** npm, a terminal and a shell script each send their own, at about the same time. */
const SECOND_SIGNAL_WITHIN_MS = 500;

export interface RunningWorker {
  /** Resolves when the worker has stopped, rejects when it fails; once. */
  readonly run: () => Promise<void>;
  /** Finishes what is in flight, and stops. May be called more than once. */
  readonly shutdown: () => void;
}

/**
 * Connects a worker to Temporal and wires its parts together.
 * @param types what its exports can read and send to
 */
export async function createWorker(
  config: Config,
  temporal: TemporalSettings,
  types: ExportTypes = EXPORT_TYPES,
): Promise<RunningWorker> {
  const { logger } = Runtime.instance();
  for (const warning of config.warnings) logger.warn(warning);
  // Closes all of it where a later step of this function fails.
  await using stack = new AsyncDisposableStack();
  const destinations = stack.use(
    new Destinations(types.destinations, config.connections, createRequestMetrics),
  );
  const staging = stack.use(await openStore(config.staging, config.proxy));
  const store = await staging.prepare(destinations.longestGiveUpMs);
  if (store.isNew) logger.info(NEW_STORE, { place: staging.place, store: store.id });
  for (const warning of store.warnings) logger.warn(warning, { place: staging.place });
  const scratch = stack.use(new Scratch(config.worker.scratchDirectory));
  const { isInMemory } = await scratch.prepare();
  if (isInMemory) logger.warn(IN_MEMORY, { directory: config.worker.scratchDirectory });
  const connection = await connectWorker(temporal);
  stack.defer(() => connection.close());
  const namespace = await identifyNamespace(connection, temporal);
  const client = new Client({ connection, ...clientOptions(temporal) });
  const searchAttributes = await prepareSearchAttributes(connection, temporal, logger);
  const draining = new AbortController();
  const drained = new AbortController();
  const sources = stack.use(new Sources(types.sources, config.connections));
  const notifier = stack.use(createNotifier(config));
  const stagingProcesses = stack.use(
    new StagingProcesses({
      store: staging,
      scratch,
      memoryMb: config.worker.memoryPerQuery,
      isMemoryShare: config.worker.isMemoryShare,
      cacheDirectory: config.cacheDirectory,
      modules: [...sources.readers, ...types.destinations.map(({ format }) => format.href)],
      certificates: config.certificates,
    }),
  );
  let polling: Worker | null = null;
  const { healthAddress, heartbeatInterval, taskQueue } = config.worker;
  if (healthAddress !== undefined) {
    const probe = stack.use(new PollProbe(connection, temporal.namespace, taskQueue));
    const isPolling = () => polling?.getState() === 'RUNNING' && probe.isAccepted;
    stack.use(await serveHealth(healthAddress, isPolling));
  }
  const activities = createActivities({
    types,
    destinations,
    sources,
    staging,
    querySlots: new QuerySlots(config.worker.maxConcurrentQueries),
    namespace,
    searchAttributes,
    stagingProcesses,
    notifier,
    heartbeatIntervalMs: heartbeatInterval,
    draining: draining.signal,
    drained: drained.signal,
  });
  const workflows = await workflowBundle(config.cacheDirectory);
  // The last step: a worker that is never run could not be closed.
  const worker = await Worker.create({
    connection,
    ...clientOptions(temporal),
    taskQueue,
    workflowBundle: workflows,
    activities,
    shutdownGraceTime: DRAIN_FOR_MS,
    maxHeartbeatThrottleInterval: heartbeatInterval,
    maxConcurrentActivityTaskExecutions: ACTIVITIES_AT_ONCE,
  }).catch((error: unknown) => {
    throw explainTemporal(error, temporal);
  });
  polling = worker;
  const resources = stack.move();

  const run = async () => {
    await using _ = resources;
    using _sweeping = startSweeping({
      store: staging.swept,
      storeId: store.id,
      namespace,
      keepRejectsMs: config.staging.keepRejects,
      isOpen: (owner) => mayBeOpen(client, owner),
      log: logger,
    });
    logger.info('worker started', {
      taskQueue,
      temporal: temporal.address,
      namespace: temporal.namespace,
    });
    if (!draining.signal.aborted) await worker.run();
  };
  const shutdown = () => {
    if (draining.signal.aborted) return;
    draining.abort();
    // The SDK would only cancel what runs then, and a cancel lets requests in flight end.
    setTimeout(() => drained.abort(), DRAIN_FOR_MS).unref();
    if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return { run, shutdown };
}

function createNotifier({ notifications, proxy }: Config): Notifier | null {
  return notifications === undefined ? null : new Webhook({ ...notifications, proxy });
}

/** The process `npm run worker`. */
async function main(): Promise<number> {
  const config = loadConfig(process.env, callerDirectory, connectionTypes(EXPORT_TYPES));
  await installRuntime(config.worker.metricsAddress);
  const worker = await createWorker(config, loadTemporalSettings(process.env, callerDirectory));
  // The handlers stay: npm and a terminal send the same signal to the whole group.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, worker.shutdown);
  await worker.run();
  // Node removes signal handlers as it exits; a duplicate signal must not turn a clean stop into a failure.
  await delay(SECOND_SIGNAL_WITHIN_MS);
  return 0;
}

if (import.meta.main) {
  runScript(WORKER, process.argv.slice(2), main).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
