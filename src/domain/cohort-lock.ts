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

/** One run of an export. A lock is a run's: one that is reset or continues as new takes its own. */
export interface ExportRun extends ExportId {
  readonly runId: string;
}

/** A run that asks for the lock. */
export interface LockRequest extends ExportRun {
  /** The run that continued as new to this one, whose place it takes over. */
  readonly continues?: string | undefined;
}

/** What the lock tells a run that waits: its position, 0 once it holds the lock. */
export interface LockPosition {
  readonly runId: string;
  readonly position: number;
  /** The workflow id of the export that holds the lock. */
  readonly holder: string;
}

/** How a run of an export ended. */
export interface RunEnd {
  /** True where its activities may outlive it for a moment: terminated or timed out. */
  readonly abrupt: boolean;
}

export const COHORT_LOCK_WORKFLOW = 'cohortLock';
export const ACQUIRE_SIGNAL = 'acquireLock';
export const RELEASE_SIGNAL = 'releaseLock';
export const POSITION_SIGNAL = 'lockPosition';

/**
 * The workflow id of a cohort's lock: among running workflows an id is unique, so there is one. What
 * a connection's name means is up to the workers of a task queue, so that is part of it.
 */
export function cohortLockId(
  taskQueue: string,
  { destination, connection, cohortId }: CohortKey,
): string {
  const parts = [taskQueue, destination, connection].map(encodeURIComponent);
  return ['cohort-lock', ...parts, cohortId].join('/');
}
