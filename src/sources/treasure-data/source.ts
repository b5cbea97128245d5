import type { SourceType } from '../../domain/source-port.ts';
import { TreasureDataApi } from './api.ts';
import { type TreasureDataSection, treasureDataSection } from './config.ts';
import type { TreasureDataConnection } from './connection.ts';
import { type TreasureDataSpec, treasureDataInput } from './input.ts';
import { TreasureDataJobs } from './query-jobs.ts';
import type { TreasureDataRead } from './reader.ts';

/** Jobs of Treasure Data: queries that it runs, saved queries, and results of jobs. */
export const treasureData: SourceType<
  TreasureDataSpec,
  TreasureDataSection,
  TreasureDataConnection
> = {
  type: 'treasureData',
  defaultConnection: 'main',
  section: treasureDataSection,
  input: treasureDataInput,
  reader: new URL('./reader.ts', import.meta.url),
  connection: ({ endpoint, apiKey }, { name, proxy }) => ({
    name,
    endpoint: endpoint.origin,
    apiKey,
    proxy,
  }),
  openJobs: (connection) => new TreasureDataJobs(new TreasureDataApi(connection)),
  readData: (_spec, connection, { job }): TreasureDataRead => {
    if (job === null) throw new Error('the query of this source has not been run');
    return { connection, job };
  },
};
