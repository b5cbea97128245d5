import type { ExportError } from '../domain/failures.ts';
import type { Operation, StagedRows, StagingPlace } from '../domain/ports.ts';
import type { SourceJob } from '../sources/source-job.ts';

/** What is to be staged: plain data, as it goes to another process. */
export interface StagingJob {
  readonly source: SourceJob;
  readonly place: StagingPlace;
  readonly operation: Operation;
  readonly aliases: readonly string[];
  readonly threadCount: number;
  readonly skipOnInvalidRecord: boolean;
}

/** What a staging process is told, once. */
export interface StagingOrder extends StagingJob {
  readonly stagingDirectory: string;
}

/** What a staging process says: any number of `rows`, then one `staged` or `failed`. */
export type StagingMessage =
  | { readonly rows: number }
  | { readonly staged: StagedRows }
  | { readonly failed: Pick<ExportError, 'type' | 'message' | 'retry'> };
