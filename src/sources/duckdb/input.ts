import { z } from 'zod';
import { documented } from '../../domain/field-docs.ts';
import { sqlStatement, text } from '../../domain/input-checks.ts';
import type { SourceInput } from '../../domain/source-port.ts';

const query = z
  .strictObject({
    type: z.literal('duckdb'),
    connection: text(),
    query: documented(sqlStatement('; put long lists into a file and join it'), {
      type: 'string',
      meaning: "one statement that only reads, over files in the connection's directory",
    }),
  })
  .describe('SQL over CSV, Parquet and JSON files');

export type DuckdbSpec = z.output<typeof query>;

export const duckdbInput: SourceInput = {
  forms: { query },
  example: '{"type": "duckdb", "query": "…"}',
};
