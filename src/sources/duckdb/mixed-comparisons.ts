import type { DuckDBConnection } from '@duckdb/node-api';
import type { ExportError } from '../../domain/failures.ts';
import { engineError } from './engine-error.ts';
import { queryFailed } from './error-text.ts';
import { defaultAlias, type ReadStatement } from './file-reads.ts';
import { columnName, constantText, LOCATION, type Node, tableName, walk } from './parse-tree.ts';
import type { SplicedText } from './splices.ts';
import { serialize } from './statement.ts';
import { shownName } from './unfit-type.ts';

const EQUALITIES: ReadonlySet<unknown> = new Set([
  'COMPARE_EQUAL',
  'COMPARE_NOTEQUAL',
  'COMPARE_DISTINCT_FROM',
  'COMPARE_NOT_DISTINCT_FROM',
]);
const OPERATORS: ReadonlyMap<unknown, string> = new Map([
  ['COMPARE_NOTEQUAL', '<>'],
  ['COMPARE_DISTINCT_FROM', 'IS DISTINCT FROM'],
  ['COMPARE_NOT_DISTINCT_FROM', 'IS NOT DISTINCT FROM'],
  ['COMPARE_IN', 'IN'],
  ['COMPARE_NOT_IN', 'NOT IN'],
]);
const INTEGER = /^U?(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;
const NUMBER = String.raw`(?:INTEGER_LITERAL|U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(\d+,\d+\)|DOUBLE|FLOAT)`;
const MIXED = new RegExp(
  `^Cannot compare values of type (?:VARCHAR and type (?<right>${NUMBER})|(?<left>${NUMBER}) and type VARCHAR)`,
);
/** Each costs another binding of the query. */
const MOST = 20;

/** Two sides that a query compares for equality, and a way to replace the comparison. */
interface Comparison {
  readonly left: Node;
  readonly right: Node;
  /** As the tree names it. */
  readonly operator: unknown;
  readonly place: number;
  change(): void;
}

type Tree = Record<string, unknown>;

/**
 * Refuses `text = number`, as in joins and in `id IN (7, 9)`: DuckDB would turn the text into
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
  return [...walk(tree)].flatMap((node) => [
    ...equality(node),
    ...listed(node),
    ...usingColumns(node),
  ]);
}

function equality(node: Tree): Comparison[] {
  const { left, right } = node as { left: Node; right: Node };
  if (node.class !== 'COMPARISON' || !EQUALITIES.has(node.type)) return [];
  if (!mayBeMixed(left, right)) return [];
  const operator = node.type;
  const change = () => {
    node.type = 'COMPARE_LESSTHAN';
  };
  return [{ left, right, operator, place: placeOf(node), change }];
}

/** `id IN (7, 9)` compares with each. */
function listed(node: Tree): Comparison[] {
  if (node.type !== 'COMPARE_IN' && node.type !== 'COMPARE_NOT_IN') return [];
  const [left, ...items] = (node.children ?? []) as readonly Node[];
  const right = items.find((item) => left !== undefined && mayBeMixed(left, item));
  if (left === undefined || right === undefined) return [];
  const change = () => {
    Object.assign(node, { class: 'COMPARISON', type: 'COMPARE_LESSTHAN', left, right });
    delete node.children;
  };
  return [{ left, right, operator: node.type, place: placeOf(node), change }];
}

/** Text is compared as text, and constants among themselves. */
function mayBeMixed(left: Node, right: Node): boolean {
  const sides = [left, right];
  return sides.some(hasColumn) && !sides.some(isTextConstant);
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
        return { left, right, operator: 'COMPARE_EQUAL', place: placeOf(node), change };
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

function isTextConstant(side: Node): boolean {
  const text = constantText(side);
  return text !== null && !text.startsWith(NUL);
}

/** A constant number as it would stand in a file, or `null`. */
function constantNumber(side: Node): string | null {
  const { type, value } = (side.value ?? {}) as { type?: Node; value?: unknown };
  const digits = String(value).replace(NUL, '');
  if (side.class !== 'CONSTANT' || !/^-?\d+$/.test(digits)) return null;
  const scale = Number(String((type?.type_info as Node | null)?.scale ?? 0).replace(NUL, ''));
  if (scale === 0) return digits;
  const [, sign, rest = ''] = /^(-?)(\d+)$/.exec(digits) ?? [];
  const all = rest.padStart(scale + 1, '0');
  return `${sign}${all.slice(0, -scale)}.${all.slice(-scale)}`;
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
  { left, right, operator, place }: Comparison,
  query: ReadStatement & { readonly sql: SplicedText },
): ExportError {
  const names = [left, right].map((side) => {
    if (columnName(side) === null) return '…';
    return (side.column_names as readonly string[]).map(shownName).join('.');
  });
  const [text, number] = groups?.right === undefined ? names.toReversed() : names;
  const type = groups?.right ?? groups?.left ?? '';
  const constant = [left, right].map(constantNumber).find((value) => value !== null);
  if (constant !== undefined) {
    const written = OPERATORS.get(operator) ?? '=';
    const list = /IN$/.test(written) ? `('${constant}', …)` : `'${constant}'`;
    return queryFailed(
      { kind: 'Binder', message, position: String(query.sql.original(place)) },
      query,
      `DuckDB would turn the text into numbers, and then 07 and 7.0 would equal 7. Compare it with text: ${text} ${written} ${list}.`,
    );
  }
  const cure = INTEGER.test(type)
    ? `Compare them as text: ${text} = CAST(${number} AS VARCHAR).`
    : `To compare them as numbers, write TRY_CAST(${text} AS ${type}) = ${number}.`;
  return queryFailed(
    { kind: 'Binder', message, position: String(query.sql.original(place)) },
    query,
    `DuckDB would turn the text into numbers, and then 12.7 could equal 13, and 1e5 could equal 100000. ${cure}`,
  );
}
