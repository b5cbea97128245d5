import type { Destinations } from '../../destinations/destinations.ts';
import type { ExportTypes } from '../../domain/export-input.ts';
import type { Notifier } from '../../domain/notifier-port.ts';
import type { SearchAttributeName } from '../../domain/search-attributes.ts';
import type { NamespaceId, Staging } from '../../domain/staging-port.ts';
import type { Sources } from '../../sources/sources.ts';
import type { QuerySlots } from '../../staging/query-slots.ts';
import type { StagingProcesses } from '../../staging/staging-processes.ts';

/** What the activities need of a worker. */
export interface ActivityDependencies {
  readonly types: ExportTypes;
  readonly destinations: Pick<Destinations, 'find' | 'format'>;
  readonly sources: Pick<Sources, 'runsAsJob' | 'jobs' | 'read'>;
  readonly staging: Staging;
  readonly querySlots: Pick<QuerySlots, 'acquire'>;
  /** Whose exports this worker runs. */
  readonly namespace: NamespaceId;
  /** Those that the namespace has. */
  readonly searchAttributes: readonly SearchAttributeName[];
  readonly stagingProcesses: Pick<StagingProcesses, 'run'>;
  /** `null` where nobody is to be notified. */
  readonly notifier: Notifier | null;
  /** Between the heartbeats of an activity that sends. */
  readonly heartbeatIntervalMs: number;
  /** Aborted when the worker shuts down: what can be continued elsewhere stops early. */
  readonly draining: AbortSignal;
  /** Aborted when the time to shut down is over: requests in flight are aborted. */
  readonly drained: AbortSignal;
}
