import type { Operation } from '../domain/destination-port.ts';
import type { ReadingPlace, SourceRead } from '../domain/source-port.ts';
import type { StagedRows, StagingPlace } from '../domain/staging-port.ts';
import type { Failed } from './failed.ts';
import type { StoreToOpen } from './store.ts';

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

/** What a staging process is sent first. */
export interface StagingProcessInput extends StagingTask {
  readonly reading: ReadingPlace;
  readonly store: StoreToOpen;
}

/** What a staging process is sent after it has asked for the secrets of the store. */
export type StagingProcessAnswer = { readonly secrets: object } | { readonly failed: Failed };

/**
 * What a staging process sends back: any number of `rows` and, one at a time, of questions for the
 * secrets of the store; then one `staged` or `failed`.
 */
export type StagingProcessMessage =
  | { readonly rows: number }
  | { readonly asksSecrets: { readonly renew: boolean } }
  | { readonly staged: StagedRows }
  | { readonly failed: Failed };
