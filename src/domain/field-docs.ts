import type { z } from 'zod';

/** What the documentation says about a field; the tables in docs are made from it. */
export interface FieldDocs {
  /** Such as `time span`. */
  readonly type: string;
  /** Markdown, in a cell of a table. */
  readonly meaning: string;
  /** Where it is not the schema's own, such as `the id`. */
  readonly default?: string;
}

/** The same schema, with what the documentation says about it. */
export function documented<S extends z.ZodType>(schema: S, docs: FieldDocs): S {
  return schema.meta({ docs });
}

export function docsOf(schema: z.ZodType): FieldDocs | null {
  return (schema.meta()?.docs as FieldDocs | undefined) ?? null;
}
