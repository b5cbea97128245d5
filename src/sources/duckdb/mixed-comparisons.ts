import type { DuckDBConnection } from '@duckdb/node-api';
import type { ExportError } from '../../domain/failures.ts';
import { engineError } from './engine-error.ts';
import { queryFailed } from './error-text.ts';
import { defaultAlias, type ReadStatement } from './file-reads.ts';
import { columnName, LOCATION, type Node, tableName, walk } from './parse-tree.ts';
import type { SplicedText } from './splices.ts';
import { serialize } from './statement.ts';
import { shownName } from './unfit-type.ts';

const EQUALITIES: ReadonlySet<unknown> = new Set([
  'COMPARE_EQUAL',
  'COMPARE_NOTEQUAL',
  'COMPARE_DISTINCT_FROM',
  'COMPARE_NOT_DISTINCT_FROM',
]);
const INTEGER = /^U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;
const NUMBER = String.raw`(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(\d+,\d+\)|DOUBLE|FLOAT)`;
const MIXED = new RegExp(
  `^Cannot compare values of type (?:VARCHAR and type (?<right>${NUMBER})|(?<left>${NUMBER}) and type VARCHAR)`,
);
/** Each costs another binding of the query. */
const MOST = 20;

/** Two sides that a query compares for equality, and a way to replace the comparison. */
interface Comparison {
  readonly left: Node;
  readonly right: Node;
  readonly place: number;
  change(): void;
}

type Tree = Record<string, unknown>;

/**
 * Refuses `text = number` where neither side is a constant, as in joins: DuckDB would turn the text into
 * numbers, and then `12.7` equals 13 and `1e5` equals 100000. Its errors show a mix only for `<`, so the
 * query is bound, but never run, with `<` in place of `=`.
 * @throws ExportError `QueryFailed`
 */
export async function refuseMixedComparisons(
  connection: DuckDBConnection,
  query: ReadStatement & { readonly sql: SplicedText },
): Promise<void> {
  if (query.reads.every(({ format }) => format === 'parquet')) return;
  const count = comparisonsIn(query.statement).length;
  if (count === 0) return;
  const serialized = await serialize(connection, { ...query, query: query.sql.text });
  for (let index = 0; index < Math.min(count, MOST); index += 1) {
    const tree = exactly(serialized);
    const comparison = comparisonsIn(tree)[index];
    comparison?.change();
    const message = await whyItDoesNotBind(connection, tree);
    const mixed = MIXED.exec(message);
    if (comparison !== undefined && mixed !== null) throw refusal(mixed, comparison, query);
  }
}

/** No query has one, so it can mark numbers that are kept as written: DuckDB tells `10` from `10.0`. */
const NUL = '\0';

function exactly(json: string): Tree {
  return JSON.parse(json, (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' ? `${NUL}${context?.source ?? value}` : value,
  ) as Tree;
}

function jsonOf(tree: Tree): string {
  return JSON.stringify(tree).replaceAll(/"\\u0000([^"]*)"/g, '$1');
}

function comparisonsIn(tree: Tree): Comparison[] {
  return [...walk(tree)].flatMap((node) => [...equality(node), ...usingColumns(node)]);
}

function equality(node: Tree): Comparison[] {
  const { left, right } = node as { left: Node; right: Node };
  if (node.class !== 'COMPARISON' || !EQUALITIES.has(node.type)) return [];
  if (!hasColumn(left) || !hasColumn(right)) return [];
  const change = () => {
    node.type = 'COMPARE_LESSTHAN';
  };
  return [{ left, right, place: placeOf(node), change }];
}

/** `JOIN … USING (id)` compares each table on its left that has the column with the one on its right. */
function usingColumns(node: Tree): Comparison[] {
  const names = node.type === 'JOIN' ? (node.using_columns as readonly string[]) : [];
  const tables = (side: unknown) => tablesOf(side as Node);
  return names.flatMap((name) =>
    tables(node.left).flatMap((a) =>
      tables(node.right).map((b) => {
        const [left, right] = [column(a, name), column(b, name)];
        const change = () => {
          node.using_columns = [];
          node.condition = { ...BARE, class: 'COMPARISON', type: 'COMPARE_LESSTHAN', left, right };
        };
        return { left, right, place: placeOf(node), change };
      }),
    ),
  );
}

const BARE = { alias: '', [LOCATION]: 0 };

function column(table: string, name: string): Node {
  return { ...BARE, class: 'COLUMN_REF', type: 'COLUMN_REF', column_names: [table, name] };
}

function tablesOf(side: Node): string[] {
  if (side.type === 'JOIN')
    return [...tablesOf(side.left as Node), ...tablesOf(side.right as Node)];
  const alias = String(side.alias);
  if (alias !== '') return [alias];
  return side.type === 'BASE_TABLE' ? [defaultAlias(tableName(side))] : [];
}

function hasColumn(side: unknown): boolean {
  return [...walk(side)].some((node) => columnName(node) !== null);
}

function placeOf(node: Node): number {
  return Number(String(node[LOCATION]).replace(NUL, ''));
}

async function whyItDoesNotBind(connection: DuckDBConnection, tree: Tree): Promise<string> {
  try {
    const read = await connection.runAndReadAll('SELECT json_deserialize_sql($1::JSON)', [
      jsonOf(tree),
    ]);
    const prepared = await connection.prepare(String(read.value(0, 0)));
    prepared.destroySync();
    return '';
  } catch (error) {
    return engineError(error).message;
  }
}

function refusal(
  { 0: message, groups }: RegExpExecArray,
  { left, right, place }: Comparison,
  query: ReadStatement & { readonly sql: SplicedText },
): ExportError {
  const names = [left, right].map((side) => {
    if (columnName(side) === null) return '…';
    return (side.column_names as readonly string[]).map(shownName).join('.');
  });
  const [text, number] = groups?.right === undefined ? names.toReversed() : names;
  const type = groups?.right ?? groups?.left ?? '';
  const cure = INTEGER.test(type)
    ? `Compare them as text: ${text} = CAST(${number} AS VARCHAR).`
    : `To compare them as numbers, write TRY_CAST(${text} AS ${type}) = ${number}.`;
  return queryFailed(
    { kind: 'Binder', message, position: String(query.sql.original(place)) },
    query,
    `DuckDB would turn the text into numbers, and then 12.7 could equal 13, and 1e5 could equal 100000. ${cure}`,
  );
}
