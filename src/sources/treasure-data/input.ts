import { z } from 'zod';
import { integer, must, oneOf, sqlStatement, text } from '../../domain/input-fields.ts';
import type { SourceInput } from '../../domain/source-port.ts';

const ENGINES = ['trino', 'presto', 'hive'] as const;
const JOB_ID = 'a job id, as a string of digits';

const common = { type: z.literal('treasureData'), connection: text() };

const query = z.strictObject({
  ...common,
  database: text(),
  engine: oneOf(ENGINES),
  query: sqlStatement(),
  priority: integer(-2, 2).optional(),
  retryLimit: integer(0, 32).optional(),
  poolName: text().optional(),
  engineVersion: text().optional(),
});

const finishedJob = z.strictObject({
  ...common,
  jobId: z.string(must(JOB_ID)).regex(/^\d+$/, `must be ${JOB_ID}`),
});

const savedQuery = z.strictObject({ ...common, savedQuery: text('the name of a saved query') });

export type TreasureDataSpec =
  | z.output<typeof query>
  | z.output<typeof finishedJob>
  | z.output<typeof savedQuery>;

export const treasureDataInput: SourceInput = {
  forms: { query, jobId: finishedJob, savedQuery },
  example: '{"type": "treasureData", "database": "d", "engine": "trino", "query": "SELECT …"}',
};
