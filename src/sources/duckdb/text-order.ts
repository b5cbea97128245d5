import type { DuckDBConnection } from '@duckdb/node-api';
import type { ReadStatement } from './file-reads.ts';
import { columnName, constantText, type Node, walk } from './parse-tree.ts';
import { guessedType, SOME_ROWS } from './text-advice.ts';
import { shownName } from './unfit-type.ts';

const NUMBER = /INT|DOUBLE|DECIMAL/;
/** Functions that compare, with the index of the argument that they compare. */
const COMPARING: ReadonlyMap<unknown, number> = new Map([
  ['min', 0],
  ['max', 0],
  ...['arg_min', 'argmin', 'min_by', 'arg_max', 'argmax', 'max_by'].map(
    (name): [string, number] => [name, 1],
  ),
]);
const ORDERINGS: ReadonlySet<unknown> = new Set([
  'COMPARE_LESSTHAN',
  'COMPARE_GREATERTHAN',
  'COMPARE_LESSTHANOREQUALTO',
  'COMPARE_GREATERTHANOREQUALTO',
]);

/**
 * Warns where the order of a CSV file's text decides which rows are chosen, but the values are numbers:
 * DuckDB accepts that, and puts `10` before `9`.
 */
export async function orderWarnings(
  query: ReadStatement,
  connection: DuckDBConnection,
): Promise<string[]> {
  if (!query.reads.some(({ format }) => format === 'csv')) return [];
  const nodes = [...walk(query.statement)];
  // Names of computed values, and those that get a type from `types = {name: …}`.
  const computed = new Set(nodes.filter((node) => columnName(node) === null).map(aliasOf));
  const columns = new Map<string, string>();
  for (const column of nodes.flatMap(ordered)) {
    const name = columnName(column);
    if (name === null || computed.has(name.toLowerCase())) continue;
    columns.set((column.column_names as readonly string[]).map(shownName).join('.'), name);
  }
  const warnings: string[] = [];
  for (const [shown, name] of columns) {
    const type = await guessedType(name, query, connection, SOME_ROWS);
    if (type === null || !NUMBER.test(type)) continue;
    warnings.push(
      `The query orders or compares ${shown} as text, in which 10 comes before 9, but its values are numbers: write CAST(${shown} AS ${type}).`,
    );
  }
  return warnings;
}

function aliasOf({ alias }: Node): string {
  return String(alias ?? '').toLowerCase();
}

/** Expressions whose order counts. */
function ordered(node: Node): Node[] {
  if (node.class === 'WINDOW') return orderedBy([node]);
  if (node.class === 'FUNCTION') {
    const place = COMPARING.get(String(node.function_name).toLowerCase());
    const argument = place === undefined ? undefined : (node.children as readonly Node[])[place];
    return argument === undefined ? [] : [argument];
  }
  if (node.class === 'COMPARISON') {
    const sides = [node.left, node.right] as readonly Node[];
    return ORDERINGS.has(node.type) && sides.some((side) => constantText(side) !== null)
      ? [...sides]
      : [];
  }
  const modifiers = (Array.isArray(node.modifiers) ? node.modifiers : []) as readonly Node[];
  const isCut = modifiers.some(({ type }) => type !== 'ORDER_MODIFIER');
  return isCut ? orderedBy(modifiers) : [];
}

function orderedBy(parts: readonly Node[]): Node[] {
  const orders = parts.flatMap((part) => (part.orders ?? []) as readonly Node[]);
  return orders.map(({ expression }) => expression as Node);
}
