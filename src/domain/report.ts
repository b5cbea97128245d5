import type { Operation } from './destination-port.ts';
import type { RejectReason } from './reject-reasons.ts';
import type { SourceData } from './source-port.ts';

/** Rows of the query's result. */
export interface RowCounts {
  readonly read: number;
  readonly accepted: number;
  readonly rejected: number;
}

/** Staged identifiers by kind; a duplicate inside one staged file is counted in `repeated` only. */
export interface KindCounts {
  readonly userIds: number;
  readonly deviceIds: number;
  readonly aliases: number;
}

export interface IdentifierCounts extends KindCounts {
  /** Staged identifiers whose request was accepted, each counted once. */
  readonly sent: number;
  /** Staged identifiers that the destination refused; they are in the rejects file. */
  readonly refused: number;
  readonly repeated: number;
}

/** Member-change requests, as far as they were recorded. */
export interface RequestCounts {
  readonly accepted: number;
  readonly retried: number;
}

/** The result of the workflow `exportCohort`. */
export interface ExportReport {
  readonly cohortId: string;
  readonly cohortName: string;
  readonly operation: Operation;
  readonly rows: RowCounts;
  readonly identifiers: IdentifierCounts;
  readonly requests: RequestCounts;
  /** The location of the rejects file, or `null` if no row and no identifier was rejected. */
  readonly rejects: string | null;
  /** Of the rejected rows; absent if there are none. */
  readonly rejectReasons?: readonly RejectReason[];
  readonly warnings: readonly string[];
  /** Which data the query read, where its source knows. */
  readonly data?: SourceData;
  /** Of a schedule's run; ISO 8601, UTC, as the others. */
  readonly scheduledTime?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

export type Stage =
  | 'delayed'
  | 'waiting'
  | 'querying'
  | 'staging'
  | 'sending'
  | 'paused'
  | 'finished'
  | 'failed'
  | 'cancelled';

/** Whether an export has ended, however. */
export function isOver(stage: Stage): boolean {
  return stage === 'finished' || stage === 'failed' || stage === 'cancelled';
}

/** The response to the query `progress`. */
export interface Progress {
  readonly stage: Stage;
  readonly rows: RowCounts;
  readonly identifiers: IdentifierCounts;
  readonly chunks: { readonly total: number; readonly done: number };
  readonly note: string;
}

export const NO_ROWS: RowCounts = { read: 0, accepted: 0, rejected: 0 };

export function identifiersIn(counts: KindCounts): number {
  return counts.userIds + counts.deviceIds + counts.aliases;
}
