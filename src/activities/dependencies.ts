import type { Destination, Notifier, Staging } from '../domain/ports.ts';
import type { Sources } from '../sources/sources.ts';
import type { StagingProcesses } from '../staging/staging-processes.ts';

/** What the activities need of a worker. */
export interface ActivityDependencies {
  /** @throws ExportError `UnknownConnection` */
  readonly findDestination: (connection: string) => Destination;
  readonly sources: Pick<Sources, 'check' | 'queryJobs' | 'stagingJob'>;
  readonly staging: Staging;
  readonly stagingProcesses: Pick<StagingProcesses, 'run'>;
  /** `null` where nobody is to be told. */
  readonly notifier: Notifier | null;
  /** Aborted when the worker is told to stop: what can be continued elsewhere stops early. */
  readonly draining: AbortSignal;
  /** Its signal, asked for anew for each request, is aborted while Temporal is out of reach. */
  readonly contact: { readonly signal: AbortSignal };
}
