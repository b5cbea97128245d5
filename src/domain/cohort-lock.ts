/** A cohort, and the connection that changes it: exports of the same take turns. */
export interface CohortOfConnection {
  readonly connection: string;
  readonly cohortId: string;
}

export interface QueuedExport {
  readonly workflowId: string;
  /** The export's first run: the same after a reset or a continue-as-new. */
  readonly exportRunId: string;
}

/** One run of an export. The turn is a run's: one that is reset or continues as new takes its own. */
export interface QueuedRun extends QueuedExport {
  readonly runId: string;
}

export interface Newcomer extends QueuedRun {
  /** The run that continued as new to this one, whose place it takes over. */
  readonly continues?: string | undefined;
}

/** What the queue tells a run: its place in the line, 0 when it is its turn. */
export interface Turn {
  readonly runId: string;
  readonly ahead: number;
  /** The workflow id of the export whose turn it is. */
  readonly current: string;
}

export const COHORT_QUEUE_WORKFLOW = 'cohortQueue';
export const JOIN_SIGNAL = 'join';
export const LEAVE_SIGNAL = 'leave';
export const TURN_SIGNAL = 'turn';

/**
 * The workflow id of a cohort's queue: among running workflows an id is unique, so there is one. What
 * a connection's name means is up to the workers of a task queue, so that is part of it.
 */
export function cohortQueueId(
  taskQueue: string,
  { connection, cohortId }: CohortOfConnection,
): string {
  return [
    'cohort-queue',
    encodeURIComponent(taskQueue),
    encodeURIComponent(connection),
    cohortId,
  ].join('/');
}
