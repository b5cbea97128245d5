/** A node of the tree that DuckDB's `json_serialize_sql` gives. */
export type Node = Readonly<Record<string, unknown>>;

/** Where a node stands in its statement: a number of bytes, or more than any statement has. */
export const LOCATION = 'query_location';

/** Every object of the tree; not by recursion, which a deeply nested query could exhaust. */
export function* walk(root: unknown): Generator<Node> {
  const rest: unknown[] = [root];
  while (rest.length > 0) {
    const value = rest.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) yield value as Node;
    for (const part of Object.values(value)) rest.push(part);
  }
}

/** A name in FROM as it is looked up: `members.csv` without quotes is a schema and a table. */
export function tableName({ catalog_name, schema_name, table_name }: Node): string {
  return [catalog_name, schema_name, table_name].filter(Boolean).map(String).join('.');
}

/** The text of a constant, or `null` where it is not one. */
export function constantText(node: unknown): string | null {
  const { class: kind, value } = (node ?? {}) as { class?: string; value?: Node };
  return kind === 'CONSTANT' && typeof value?.value === 'string' ? value.value : null;
}

/** The last part of a column's name, or `null` where the node is not a column. */
export function columnName(node: unknown): string | null {
  const { class: kind, column_names } = (node ?? {}) as { class?: string; column_names?: string[] };
  return kind === 'COLUMN_REF' ? (column_names?.at(-1) ?? null) : null;
}
