import { z } from 'zod';
import { documented } from '../../domain/field-docs.ts';
import {
  integer,
  must,
  oneOf,
  pathSegment,
  sqlStatement,
  text,
} from '../../domain/input-checks.ts';
import type { SourceInput } from '../../domain/source-port.ts';

const ENGINES = ['trino', 'presto', 'hive'] as const;
const JOB_ID = 'a job id, as a string of digits';

const common = { type: z.literal('treasureData'), connection: text() };

const query = z
  .strictObject({
    ...common,
    database: documented(pathSegment(), { type: 'string', meaning: 'the database to query' }),
    engine: documented(oneOf(ENGINES), {
      type: ENGINES.map((engine) => `\`${engine}\``).join(', '),
      meaning: 'the query engine',
    }),
    query: documented(sqlStatement(), { type: 'string', meaning: 'a statement that returns rows' }),
    priority: documented(integer(-2, 2).optional(), {
      type: 'integer −2 to 2',
      meaning: 'the priority of the job',
    }),
    retryLimit: documented(integer(0, 32).optional(), {
      type: 'integer 0 to 32',
      meaning: 'how often Treasure Data itself retries the job',
    }),
    poolName: documented(text().optional(), { type: 'string', meaning: 'the resource pool' }),
    engineVersion: documented(text().optional(), {
      type: 'string',
      meaning: 'the version of the engine',
    }),
  })
  .describe('a query');

const finishedJob = z
  .strictObject({
    ...common,
    jobId: documented(z.string(must(JOB_ID)).regex(/^\d+$/, `must be ${JOB_ID}`), {
      type: 'string of digits',
      meaning: 'a job that is finished or running',
    }),
  })
  .describe('the result of a job');

const savedQuery = z
  .strictObject({
    ...common,
    savedQuery: documented(pathSegment('the name of a saved query'), {
      type: 'string',
      meaning: 'the name of the saved query',
    }),
  })
  .describe('a saved query');

export type TreasureDataSpec =
  | z.output<typeof query>
  | z.output<typeof finishedJob>
  | z.output<typeof savedQuery>;

export const treasureDataInput: SourceInput = {
  forms: { query, jobId: finishedJob, savedQuery },
  example: '{"type": "treasureData", "database": "d", "engine": "trino", "query": "SELECT …"}',
};
