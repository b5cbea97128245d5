import type { Chunk, ChunkRun } from './chunk-plan.ts';
import type { KindCounts, RowCounts } from './report.ts';
import type { SourceData } from './source-port.ts';

/** Where an export's staged rows go: one prefix for the export, one below it for each attempt. */
export interface StagingPlace {
  readonly workflowId: string;
  /** The workflow's first run: the same after a reset or a continue-as-new. */
  readonly exportRunId: string;
  /** The run that writes, and its attempt, from 1. */
  readonly runId: string;
  readonly attempt: number;
}

/** A result that was staged and committed: all that Temporal ever sees of the rows. */
export interface StagedRows {
  readonly location: string;
  readonly chunks: readonly ChunkRun[];
  readonly rows: RowCounts;
  readonly identifiers: KindCounts & { readonly repeated: number };
  /** Bytes of the staged requests. */
  readonly bytes: number;
  /** SHA-256 of the manifest. */
  readonly checksum: string;
  readonly rejects: string | null;
  readonly warnings: readonly string[];
  /** Which data the query read, where its source knows. */
  readonly data?: SourceData;
}

export type StagedSummary = Omit<StagedRows, 'location' | 'bytes' | 'checksum' | 'rejects'>;

export interface StagedRequest {
  readonly counts: KindCounts;
  readonly payload: Uint8Array;
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
  append(payload: string, counts: KindCounts): void;
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

/** How much of a chunk was accepted, from its first request on. */
export interface SentOfChunk {
  readonly accepted: number;
  /** Identifiers in the accepted requests. */
  readonly identifiers: number;
}

/**
 * A record of how far a chunk was sent, so that the next attempt sends less again after a crash. It
 * only saves requests: if it is lost or cannot be written, sending continues without it.
 */
export interface SendProgress extends AsyncDisposable {
  /** The most that any attempt recorded; nothing where no sound record is there. */
  read(): Promise<SentOfChunk>;
  /**
   * To be called after each accepted request; resolves once that or more is written. While one write
   * is under way, only the latest call waits for the next. Never lowers what another attempt recorded.
   */
  record(sent: SentOfChunk): Promise<void>;
}

export interface Staging {
  write(place: StagingPlace): Promise<StagingWriter>;
  /** What an earlier attempt of the same run committed, if any did. */
  committed(place: StagingPlace): Promise<StagedRows | null>;
  /** The requests of a chunk, in order. Throws `StagingFailed` where they are not as committed. */
  read(
    staged: Pick<StagedRows, 'location' | 'checksum'>,
    chunk: Chunk,
  ): AsyncIterable<StagedRequest>;
  /**
   * `null` where the store has no cheap way to record each request. This and the methods of what it
   * opens throw `StagingFailed`.
   */
  openSendProgress(
    staged: Pick<StagedRows, 'location' | 'checksum'>,
    chunk: Chunk,
  ): Promise<SendProgress | null>;
  /** Removes all that was staged for an export; the rejects stay. */
  remove(exportRunId: string): Promise<void>;
}
