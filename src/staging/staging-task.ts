import type { Operation } from '../domain/destination-port.ts';
import type { ExportError } from '../domain/failures.ts';
import type { ReadingPlace, SourceRead } from '../domain/source-port.ts';
import type { StagedRows, StagingPlace } from '../domain/staging-port.ts';

/** What is to be staged: plain data, as it goes to another process. */
export interface StagingTask {
  readonly source: SourceRead;
  /** The URL of the module that exports the destination's `requestFormat`. */
  readonly format: string;
  readonly place: StagingPlace;
  readonly operation: Operation;
  readonly aliases: readonly string[];
  readonly threadCount: number;
  readonly skipOnInvalidRecord: boolean;
}

/** What a staging process is sent, once. */
export interface StagingProcessInput extends StagingTask {
  readonly reading: ReadingPlace;
  readonly stagingDirectory: string;
}

/** What a staging process sends back: any number of `rows`, then one `staged` or `failed`. */
export type StagingProcessMessage =
  | { readonly rows: number }
  | { readonly staged: StagedRows }
  | { readonly failed: Pick<ExportError, 'type' | 'message' | 'retry'> };
