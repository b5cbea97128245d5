import type { QueryJob } from '../domain/ports.ts';
import type { TreasureDataConnection } from './treasure-data/connection.ts';

/** All that a staging process needs to read a source: plain data, handed over when it starts. */
export type SourceJob = DuckdbJob | TreasureDataJob;
export type SourceType = SourceJob['type'];

export interface DuckdbJob {
  readonly type: 'duckdb';
  /** Absolute and without symbolic links; it becomes the process's working directory. */
  readonly directory: string;
  readonly query: string;
  /** ISO 8601, UTC: the nominal time of the run. */
  readonly scheduledTime: string;
}

/** The result of a job that has succeeded. */
export interface TreasureDataJob {
  readonly type: 'treasureData';
  readonly connection: TreasureDataConnection;
  readonly job: QueryJob;
}
