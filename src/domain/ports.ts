import type { Batch, BatchLimits } from './batches.ts';
import type { Chunk, ChunkRun } from './chunk-plan.ts';
import type { JobSource } from './job-source.ts';
import type { KindCounts, RowCounts } from './report.ts';
import type { GiveUp } from './retry.ts';
import type { RowBatch } from './rows.ts';
import type { RunEvent } from './run-events.ts';

/** A column of a query's result; `type` is the source's own name for it, for messages. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/**
 * The result of a query that has started. Batches come in the result's order and hold at most a few
 * thousand rows each, so that memory stays flat. Every method throws an `ExportError`.
 */
export interface RowSource extends AsyncDisposable {
  readonly columns: readonly Column[];
  /** As it was typed; empty where it is not known. A message may show the names that it has. */
  readonly query: string;
  /** The next rows, or `null` after the last. */
  read(): Promise<RowBatch | null>;
}

/** The run of an export that a query belongs to: each has one query, however often it is tried. */
export interface QueryRun {
  readonly namespace: string;
  readonly workflowId: string;
  /** Of the run as it was started: a reset keeps it, the next run of a cron workflow has its own. */
  readonly runId: string;
  /** ISO 8601, UTC: the nominal time of the run. */
  readonly scheduledTime: string;
}

/** A query that a source runs by itself; its result waits there to be read. */
export interface QueryJob {
  readonly jobId: string;
}

/**
 * One connection to a source that runs queries as jobs of its own. Each call throws an `ExportError`
 * that says whether to retry, or the signal's abort reason.
 */
export interface QueryJobs {
  /** Without a single answer. */
  readonly giveUp: GiveUp;
  /** Starts the query, or finds the job that it was started as before. */
  start(source: JobSource, run: QueryRun, signal: AbortSignal): Promise<QueryJob>;
  /** Resolves when the job has succeeded; `onAnswer` is called each time it is found under way. */
  wait(job: QueryJob, signal: AbortSignal, onAnswer: () => void): Promise<void>;
  /** Ends the job that was started for the run, if it is still under way; never one of others. */
  stop(source: JobSource, run: QueryRun, signal: AbortSignal): Promise<void>;
}

export type Operation = 'APPEND' | 'REMOVE';

/** What a destination makes of a batch before it is staged: pure, and without credentials. */
export interface RequestFormat {
  readonly limits: BatchLimits;
  /** The part of a request that changes members, ready to be sent. */
  encode(batch: Batch, operation: Operation): string;
}

export interface Cohort {
  readonly cohortId: string;
  readonly cohortName: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/**
 * One connection to a destination. Both calls send one request each and return once it was accepted;
 * any other end is an `ExportError` that says whether to retry, or the signal's abort reason.
 */
export interface Destination {
  /** Without a single accepted request. */
  readonly giveUp: GiveUp;
  /** Creates the cohort or renames it. Resolves to a warning of the destination's, if it gave one. */
  nameCohort(cohort: Cohort, signal: AbortSignal): Promise<string | null>;
  changeMembers(cohortId: string, payload: Uint8Array, signal: AbortSignal): Promise<string | null>;
}

/** Tells people what became of runs. */
export interface Notifier {
  /** The share of rejected rows, 0 to 1, above which a run is told of. */
  readonly degradedAbove: number;
  /** `at` is ISO 8601, UTC. @throws ExportError that says whether to retry */
  send(event: RunEvent, at: string, signal: AbortSignal): Promise<void>;
}

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
  /** Adds a request; `drain` must be awaited now and then, as it is only buffered here. */
  append(payload: string, counts: KindCounts): void;
  reject(row: Reject): void;
  drain(): Promise<void>;
  /** Writes the manifest, last. */
  commit(summary: StagedSummary): Promise<StagedRows>;
  /** Gives the attempt up; keeps the rejects on request and says where. */
  abandon(options: { readonly keepRejects: boolean }): Promise<string | null>;
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
  /** Removes all that was staged for an export; the rejects stay. */
  remove(exportRunId: string): Promise<void>;
}
