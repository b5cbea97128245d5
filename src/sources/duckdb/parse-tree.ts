import { sqlText } from './sql-tokens.ts';

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

/** The texts of a list of constants such as `['a', 'b']`, or `null` where it is not one. */
export function constantTexts(node: unknown): string[] | null {
  const { function_name, children } = (node ?? {}) as { function_name?: string; children?: Node[] };
  if (function_name !== 'list_value') return null;
  const texts = (children ?? []).map(constantText);
  return texts.every((text) => text !== null) ? texts : null;
}

/** A constant as SQL, such as `'a'`, `2` or `true`, or `null` where it is not one. */
export function constantSql(node: unknown): string | null {
  const { class: kind, value, child, cast_type } = (node ?? {}) as Node;
  if (kind === 'CAST') {
    const isBoolean = [...walk(cast_type)].some(({ type_name }) => type_name === 'BOOLEAN');
    const words: Record<string, string> = { t: 'true', f: 'false' };
    return isBoolean ? (words[constantText(child) ?? ''] ?? null) : null;
  }
  if (kind !== 'CONSTANT') return null;
  const constant = (value as Node).value;
  if (typeof constant === 'number') return String(constant);
  return typeof constant === 'string' ? sqlText(constant) : null;
}

/** The last part of a column's name, or `null` where the node is not a column. */
export function columnName(node: unknown): string | null {
  const { class: kind, column_names } = (node ?? {}) as { class?: string; column_names?: string[] };
  return kind === 'COLUMN_REF' ? (column_names?.at(-1) ?? null) : null;
}
