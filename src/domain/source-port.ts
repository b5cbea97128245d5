import type { z } from 'zod';
import type { ConnectionType } from './connection-type.ts';
import type { GiveUp } from './retry.ts';
import type { RowBatch } from './rows.ts';

/** What an export reads, as its input says it: the other fields are the source type's own. */
export interface SourceSpec {
  readonly type: string;
  readonly connection: string;
}

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
  /** Which data the query reads, where the source knows. */
  readonly data?: SourceData | undefined;
  /** Sentences for the report, without any value. */
  readonly warnings?: readonly string[];
  /** The next rows, or `null` after the last. */
  read(): Promise<RowBatch | null>;
  /** Why the columns may not be those that were expected, as a sentence; empty where nothing says so. */
  explainColumns?(): Promise<string>;
}

/** Which data a query read, for its report: never a name or a value out of them. */
export interface SourceData {
  /** Where they are, such as an absolute path without symbolic links. */
  readonly location: string;
  /** When the newest of them was last written; ISO 8601, UTC. `null` where that is not known. */
  readonly modifiedAt: string | null;
}

/** What a staging process reads: `data` is plain, for the module at `reader`. */
export interface SourceRead {
  /** The URL of a module that exports `openSource`. */
  readonly reader: string;
  readonly data: object;
}

/**
 * Starts to read a source in a process of its own, which may change its working directory and its
 * settings as it needs. @throws ExportError
 */
export type OpenSource<Data> = (data: Data, place: ReadingPlace) => Promise<RowSource>;

export interface QueryMemory {
  /** What an engine may use for one query, in MB of a million bytes. */
  readonly memoryMb: number;
  /** Whether that is less than the configuration allows, as the queries share a small machine. */
  readonly isMemoryShare: boolean;
}

export interface ReadingPlace extends QueryMemory {
  /** Absolute. An engine may keep there what does not fit into memory. */
  readonly spillDirectory: string;
}

/** The run of an export that a query belongs to: each has one query, however often it is tried. */
export interface QueryRun {
  readonly namespace: string;
  readonly workflowId: string;
  /** Of the run as it was started: a reset keeps it, the next run of a cron workflow has its own. */
  readonly runId: string;
  /** The scheduled time of the run; ISO 8601, UTC. */
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
export interface QueryJobs extends AsyncDisposable {
  /** How long to keep retrying without a single response. */
  readonly giveUp: GiveUp;
  /** Starts the query, or finds the job that an earlier attempt has started. */
  start(source: SourceSpec, run: QueryRun, signal: AbortSignal): Promise<QueryJob>;
  /** Resolves when the job has succeeded; `onUnderWay` is called each time it is found under way. */
  wait(job: QueryJob, signal: AbortSignal, onUnderWay: () => void): Promise<void>;
  /** Ends the job that was started for the run, if it is still under way; never one of others. */
  stop(source: SourceSpec, run: QueryRun, signal: AbortSignal): Promise<void>;
}

/** A type of source: all that it declares; src/sources/registry.ts lists those that there are. */
export interface SourceType<
  Spec extends SourceSpec = SourceSpec,
  Section = object,
  Connection extends object = object,
> extends ConnectionType<Section, Connection> {
  readonly input: SourceInput;
  /** The module that reads it in a staging process; it exports `openSource`. */
  readonly reader: URL;
  /** What that module needs. `job` is what the query ran as, `null` for a source without jobs. */
  readData(spec: Spec, connection: Connection, run: ReadRun): object;
  /** Only where the source runs queries as jobs of its own. */
  openJobs?(connection: Connection): QueryJobs;
}

export interface ReadRun {
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
  readonly job: QueryJob | null;
}

/** The forms that `source` may have in an export's input. */
export interface SourceInput {
  /** By the field that only this form has. Each is strict, and has `type` and `connection`. */
  readonly forms: Readonly<Record<string, z.ZodObject>>;
  /** The shortest valid one, as JSON, for messages. */
  readonly example: string;
}
