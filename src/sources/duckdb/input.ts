import { z } from 'zod';
import { sqlStatement, text } from '../../domain/input-fields.ts';
import type { SourceInput } from '../../domain/source-port.ts';

const query = z.strictObject({
  type: z.literal('duckdb'),
  connection: text(),
  query: sqlStatement('; put long lists into a file and join it'),
});

export type DuckdbSpec = z.output<typeof query>;

export const duckdbInput: SourceInput = {
  forms: { query },
  example: '{"type": "duckdb", "query": "…"}',
};
