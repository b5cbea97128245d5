/** A cohort, and the connection that changes it: one export at a time holds its lock. */
export interface CohortKey {
  /** The type of the destination. */
  readonly destination: string;
  readonly connection: string;
  readonly cohortId: string;
}

export interface ExportId {
  readonly workflowId: string;
  /** The export's first run: the same after a reset or a continue-as-new. */
  readonly exportRunId: string;
}

/** One run of an export. A lock belongs to a run; after a reset or continue-as-new, to the new one. */
export interface ExportRun extends ExportId {
  readonly runId: string;
}

/** A run that asks for the lock. */
export interface LockRequest extends ExportRun {
  /** The run that continued as new to this one, whose place it takes over. */
  readonly continues?: string | undefined;
}

/** What the lock sends to a waiting run: its position, 0 once it holds the lock. */
export interface LockPosition {
  readonly runId: string;
  readonly position: number;
  /** The workflow id of the export that holds the lock. */
  readonly holder: string;
  /** Set once that has ended and the lock waits for its requests: until when; ISO 8601, UTC. */
  readonly settlesAt?: string | undefined;
}

/** How a run of an export ended. */
export interface RunEnd {
  /** True where its activities may outlive it: terminated or timed out. */
  readonly abrupt: boolean;
}

export const COHORT_LOCK_WORKFLOW = 'cohortLock';
export const ACQUIRE_SIGNAL = 'acquireLock';
export const RELEASE_SIGNAL = 'releaseLock';
export const POSITION_SIGNAL = 'lockPosition';

/**
 * The workflow id of a cohort's lock: running workflows have unique ids, so there is only one. The task
 * queue is part of it, as its workers decide what a connection's name means.
 */
export function cohortLockId(
  taskQueue: string,
  { destination, connection, cohortId }: CohortKey,
): string {
  const parts = [taskQueue, destination, connection].map(encodeURIComponent);
  return ['cohort-lock', ...parts, cohortId].join('/');
}
