import type { DuckDBConnection } from '@duckdb/node-api';
import { ExportError } from '../../domain/failures.ts';
import { isSafeName } from '../../redaction/names.ts';
import { wordsTypedIn } from '../../redaction/typed.ts';
import { readerWith } from './file-calls.ts';
import type { FileRead, ReadStatement } from './file-reads.ts';
import { constantSql } from './parse-tree.ts';
import { sqlText } from './sql-tokens.ts';
import { shownName, wholeFloat } from './unfit-type.ts';

/** Types of whole numbers: a value that fits into another of them stays the same, and no other fits. */
const WHOLE = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(\d+,0\))$/;
/** Types of whole numbers that a DOUBLE holds exactly. */
const SMALL = /^U?(?:(?:TINY|SMALL)INT|INTEGER)$/;
const FLOATING = /^(?:DOUBLE|FLOAT)$/;
const DECIMAL = /^DECIMAL\((\d+),(\d+)\)$/;
/** Of a DECIMAL. */
const MOST_DIGITS = 38;
const PATTERN = /[*?[]/;

interface SchemaRow {
  readonly file: string;
  readonly name: string;
  readonly type: string | null;
  readonly children: number;
}

/** The type of a top-level column in one file; for nested ones, with the types of all parts. */
interface ColumnType {
  readonly file: string;
  readonly column: string;
  readonly type: string;
}

/**
 * Refuses Parquet files in which a column has different types: DuckDB would turn all values into the
 * type of the first file, `007` into 7. It reads the footers alone.
 * @throws ExportError `QueryFailed`
 */
export async function refuseMixedTypes(
  connection: DuckDBConnection,
  query: ReadStatement,
  isUsed: (column: string) => boolean,
): Promise<void> {
  for (const read of query.reads) {
    const isOne = read.files.length < 2 && !read.files.some((file) => PATTERN.test(file));
    const isUnion = constantSql(read.parameters.get('union_by_name')) === 'true';
    if (read.format !== 'parquet' || isOne) continue;
    const keepsValues = isUnion ? unionKeepsValues : firstKeepsValues;
    const known = new Map<string, ColumnType[]>();
    for (const found of await typesOf(connection, read)) {
      const key = found.column.toLowerCase();
      const before = known.get(key) ?? [];
      const other = before.find(({ type }) => !keepsValues(type, found.type));
      if (other !== undefined && isUsed(found.column)) throw mixed(other, found, read, query);
      // Only a union depends on all types: else, the first file's counts.
      const isNew =
        before.length === 0 || (isUnion && before.every(({ type }) => type !== found.type));
      if (isNew) known.set(key, [...before, found]);
    }
  }
}

async function typesOf(connection: DuckDBConnection, { files }: FileRead): Promise<ColumnType[]> {
  const list = `[${files.map(sqlText).join(', ')}]`;
  const found = await connection
    .runAndReadAll(
      `SELECT file_name, name, duckdb_type, coalesce(num_children, 0)::INTEGER FROM parquet_schema(${list})`,
    )
    // Running the query says what is wrong with a file.
    .catch(() => null);
  const rows = (found?.getRows() ?? []).map(([file, name, type, children]): SchemaRow => {
    const isLeaf = typeof type === 'string';
    return {
      file: String(file),
      name: String(name),
      type: isLeaf ? type : null,
      children: Number(children),
    };
  });
  const types: ColumnType[] = [];
  for (let at = 0; at < rows.length; ) {
    const root = rows[at++];
    for (let column = 0; column < (root?.children ?? 0); column++) {
      const start = at;
      at = endOf(rows, at);
      const [{ file, name, type, children } = NOTHING, ...parts] = rows.slice(start, at);
      const whole = children === 0 ? String(type) : `nested: ${parts.map(partType).join(' ')}`;
      types.push({ file, column: name, type: whole });
    }
  }
  return types;
}

const NOTHING: SchemaRow = { file: '', name: '', type: null, children: 0 };

/** Rows come in depth-first order: where the column that starts here ends. */
function endOf(rows: readonly SchemaRow[], start: number): number {
  let rest = 1;
  let at = start;
  while (rest > 0 && at < rows.length) rest += (rows[at++]?.children ?? 0) - 1;
  return at;
}

function partType({ name, type, children }: SchemaRow): string {
  return `${name.toLowerCase()} ${type ?? children}`;
}

function firstKeepsValues(first: string, other: string): boolean {
  if (first === other || (WHOLE.test(first) && WHOLE.test(other))) return true;
  return first === 'VARCHAR' && (WHOLE.test(other) || other === 'UUID');
}

/**
 * Whether DuckDB finds a type that holds both. Of decimals, it drops digits after the point that do not
 * fit; of a DOUBLE and other numbers it makes a DOUBLE, and text such as `7.0` where the other is text.
 */
function unionKeepsValues(first: string, other: string): boolean {
  if (first === other) return true;
  const types = [first, other];
  const rest = types.filter((type) => !FLOATING.test(type));
  if (rest.length === 1) return types.includes('DOUBLE') && SMALL.test(rest[0] ?? '');
  const decimals = [first, other].map((type) => DECIMAL.exec(type)?.slice(1).map(Number));
  const [[width = 0, scale = 0] = [], [otherWidth = 0, otherScale = 0] = []] = decimals;
  if (decimals.includes(undefined)) return true;
  const whole = Math.max(width - scale, otherWidth - otherScale);
  return whole + Math.max(scale, otherScale) <= MOST_DIGITS;
}

function mixed(
  first: ColumnType,
  other: ColumnType,
  read: FileRead,
  { query }: ReadStatement,
): ExportError {
  const { column } = other;
  const name = isSafeName(column, wordsTypedIn(query))
    ? `The column ${shownName(column)}`
    : 'A column';
  const types = [first, other].map(({ type, file }) => `${type.split(':')[0]} in "${file}"`);
  const cure = unionKeepsValues(first.type, other.type)
    ? `Write FROM ${readerWith(read, ['union_by_name = true'])}, which finds a type for all.`
    : `Read each as text, separately: ${[first, other].map(asText).join(' UNION ALL ')}.`;
  return new ExportError(
    'QueryFailed',
    `${name} is ${types.join(' and ')}. DuckDB would turn all values into one type, and change some. ${cure}`,
  );
}

/** A query that reads a column as text. That of a number such as 7.0 would be another identifier than 7. */
function asText({ column, file, type }: ColumnType): string {
  const name = shownName(column);
  const value = FLOATING.test(type) ? wholeFloat(name, type === 'DOUBLE') : name;
  return `SELECT CAST(${value} AS VARCHAR) AS ${name} FROM ${sqlText(file)}`;
}
