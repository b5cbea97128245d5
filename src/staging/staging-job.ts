import type { ExportError } from '../domain/failures.ts';
import type { Operation, StagedRows, StagingPlace } from '../domain/ports.ts';
import type { SourceJob } from '../sources/source-job.ts';

/** What a staging process is told when it starts. */
export interface StagingJob {
  readonly source: SourceJob;
  readonly stagingDirectory: string;
  readonly place: StagingPlace;
  readonly operation: Operation;
  readonly aliases: readonly string[];
  readonly threadCount: number;
  readonly skipOnInvalidRecord: boolean;
}

/** What a staging process says: any number of `rows`, then one `staged` or `failed`. */
export type StagingMessage =
  | { readonly rows: number }
  | { readonly staged: StagedRows }
  | { readonly failed: Pick<ExportError, 'type' | 'message' | 'retry'> };
