import type { OpenSource, QueryJob } from '../../domain/source-port.ts';
import type { TreasureDataConnection } from './connection.ts';
import { openTreasureDataResult } from './result.ts';

/** The result of a job that has succeeded. */
export interface TreasureDataRead {
  readonly connection: TreasureDataConnection;
  readonly job: QueryJob;
}

export const openSource: OpenSource<TreasureDataRead> = ({ connection, job }) =>
  openTreasureDataResult(connection, job);
