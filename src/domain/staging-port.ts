import type { Chunk, ChunkRun } from './chunk-plan.ts';
import { ExportError } from './failures.ts';
import type { RejectReason } from './reject-reasons.ts';
import type { KindCounts, RowCounts } from './report.ts';
import type { SourceData } from './source-port.ts';

/** A namespace of one Temporal: what its exports stage is its own, also where others use the store. */
export interface NamespaceId {
  readonly namespace: string;
  /** Temporal's own id of it: two Temporals never have the same. */
  readonly namespaceId: string;
}

/** Where an export's staged rows go: one prefix for the export, one below it for each attempt. */
export interface StagingPlace extends NamespaceId {
  readonly workflowId: string;
  /** The workflow's first run: the same after a reset or a continue-as-new. */
  readonly exportRunId: string;
  /** The run that writes, and its attempt, from 1. */
  readonly runId: string;
  readonly attempt: number;
}

/** A result that was staged and committed: all that Temporal ever sees of the rows. */
export interface StagedRows {
  /** The id of the store that they are in. */
  readonly store: string;
  readonly location: string;
  readonly chunks: readonly ChunkRun[];
  readonly rows: RowCounts;
  readonly identifiers: KindCounts & { readonly repeated: number };
  /** Identifiers in the request that has the most. */
  readonly fullestRequest: number;
  /** Bytes of the staged requests. */
  readonly bytes: number;
  /** SHA-256 of the manifest. */
  readonly checksum: string;
  readonly rejects: string | null;
  readonly rejectReasons: readonly RejectReason[];
  readonly warnings: readonly string[];
  /** Which data the query read, where its source knows. */
  readonly data?: SourceData;
}

export type StagedSummary = Omit<
  StagedRows,
  'store' | 'location' | 'bytes' | 'checksum' | 'rejects'
>;

/** What finds staged rows again, and proves that they are the same. */
export type StagedKey = Pick<StagedRows, 'store' | 'location' | 'checksum'>;

export interface StagedRequest {
  readonly counts: KindCounts;
  readonly payload: Uint8Array;
  /**
   * The row of each identifier, as `writeRows` gives them; `null` where the export does not skip what is
   * invalid, as nobody needs them.
   */
  readonly rows: string | null;
}

/** A row that is not sent. `value` is masked. */
export interface Reject {
  /** From 1, without a header. */
  readonly row: number;
  /** `null` where no single column is at fault. */
  readonly column: string | null;
  readonly reason: string;
  readonly value: string | null;
}

/** One attempt to stage a result. Nothing of it counts before `commit` has returned. */
export interface StagingWriter {
  /** Adds a request to a buffer. */
  append(payload: string, counts: KindCounts, rows: string | null): void;
  reject(row: Reject): void;
  /** Whether the buffer must be drained before more is added. */
  readonly isFull: boolean;
  /** Writes the buffer; nothing may be added meanwhile. */
  drain(): Promise<void>;
  /** Writes the manifest, last. */
  commit(summary: StagedSummary): Promise<StagedRows>;
  /** Abandons the attempt; on request, keeps the rejects and resolves to their location. */
  abandon(options: { readonly keepRejects: boolean }): Promise<string | null>;
}

/** How much of a chunk was sent, from its first request on. */
export interface SentOfChunk {
  /** Staged requests that nothing remains to be sent of. */
  readonly done: number;
  /** Requests that were accepted: more than `done` where staged ones were narrowed down. */
  readonly accepted: number;
  /** Identifiers in the accepted requests. */
  readonly identifiers: number;
  /** Identifiers that the destination refused. */
  readonly refused: number;
}

export const NOTHING_SENT_OF_CHUNK: SentOfChunk = {
  done: 0,
  accepted: 0,
  identifiers: 0,
  refused: 0,
};

/**
 * A record of how far a chunk was sent, so that the next attempt sends less again after a crash. It
 * only saves requests: if it is lost or cannot be written, sending continues without it.
 */
export interface SendProgress extends AsyncDisposable {
  /** The most that any attempt recorded; nothing where no sound record is there. */
  read(): Promise<SentOfChunk>;
  /**
   * To be called after each staged request; resolves once that or more is written. While one write
   * is under way, only the latest call waits for the next. Never lowers what another attempt recorded.
   */
  record(sent: SentOfChunk): Promise<void>;
}

/** This worker sees another store than the one that the rows were staged in; others may see it. */
export class StoreNotSeen extends ExportError {
  constructor(message: string) {
    super('StagingFailed', message, 'backoff');
  }
}

export interface Staging {
  /** @throws StoreNotSeen where this is not the store with that id, or cannot be reached */
  requireStore(id: string): Promise<void>;
  write(place: StagingPlace): Promise<StagingWriter>;
  /** What an earlier attempt of the same run committed, if any did. */
  committed(place: StagingPlace): Promise<StagedRows | null>;
  /**
   * The requests of a chunk, in order. Throws `StagingFailed` where they are not as committed, before
   * any of a damaged file; and as `requireStore` does.
   */
  read(staged: StagedKey, chunk: Chunk): AsyncIterable<StagedRequest>;
  /**
   * `null` where the store has no cheap way to record each request. This and the methods of what it
   * opens throw `StagingFailed`.
   */
  openSendProgress(staged: StagedKey, chunk: Chunk): Promise<SendProgress | null>;
  /** Where the rejects of the run that staged these rows are, if there are any. */
  rejectsOf(staged: StagedKey, namespace: NamespaceId): string;
  /** Adds to them, unless the same reject is there already. Any number of workers may at once. */
  addReject(staged: StagedKey, namespace: NamespaceId, reject: Reject): Promise<void>;
  /** Removes all that was staged for an export; the rejects stay. */
  remove(exportRunId: string): Promise<void>;
}
