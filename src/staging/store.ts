import type { Staging } from '../domain/staging-port.ts';
import type { SweptStore } from './sweep.ts';

/** What a staging process opens: plain data, for the module at `module`, which exports `openStaging`. */
export interface StoreToOpen {
  readonly module: string;
  readonly data: object;
}

/**
 * Resolves to what a store is opened with and that must not be written anywhere, such as credentials.
 * @param renew where what it resolved to before is no longer accepted
 */
export type AskSecrets = (renew: boolean) => Promise<object>;

export type OpenStaging<Data> = (data: Data, askSecrets: AskSecrets) => Staging;

export interface PreparedStore {
  readonly id: string;
  /** Whether this worker has made the store. */
  readonly isNew: boolean;
  /** What works but is unwise, a sentence each. */
  readonly warnings: readonly string[];
}

/** A store of staged rows as a worker has it; its staging processes open it again. */
export interface Store extends Staging, Disposable {
  /** For the log: the path of a directory, or the address of a bucket. */
  readonly place: string;
  readonly toOpen: StoreToOpen;
  readonly askSecrets: AskSecrets;
  readonly swept: SweptStore;
  /**
   * Checks that the store can be used, and gives it an id if it has none.
   * @param keepsForMs how long an export may need what was staged for it
   * @throws ExportError `StagingFailed`
   */
  prepare(keepsForMs: number): Promise<PreparedStore>;
}
