import {
  type DuckDBConnection,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api';
import { ExportError } from '../../domain/failures.ts';
import { sqlName, sqlText } from './sql-tokens.ts';
import { isJson } from './unfit-type.ts';

export interface JsonReading {
  /** The call of the reader, without its closing bracket. */
  readonly call: string;
  /** Whether strings may become times, because the query says how times are written. */
  readonly keepsTimes: boolean;
  /** Whether the query may use a column: the types of others need not be the best ones. */
  readonly isUsed: (column: string) => boolean;
}

/** Every value of every file counts. Columns from a path are not the file's own. */
const ALL =
  'sample_size = -1, maximum_sample_files = 9223372036854775807, hive_partitioning = false, filename = false';

/** Types that come from JSON itself; all others are DuckDB's guess about a string. */
const JSON_TYPES: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BOOLEAN,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.DOUBLE,
]);
const TIMES: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_TZ,
]);

const INTEGER = '-?[0-9]+';
const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
/** More digits than a HUGEINT is sure to hold. */
const TOO_LONG = '[0-9]{39}';

/**
 * The `columns` of a JSON reader, such as `{'user_ids': 'VARCHAR'}`, chosen from all values so that
 * strings stay strings, and integers of any length keep their digits. A column that mixes them with
 * other values stays JSON.
 */
export async function jsonColumns(
  connection: DuckDBConnection,
  { call, keepsTimes, isUsed }: JsonReading,
): Promise<string> {
  const result = await connection.run(`FROM ${call}, ${ALL}) LIMIT 0`);
  const names = result.columnNames();
  const types = result.columnTypes();
  await refuseRenamed(connection, call, names);
  const unsure = types.flatMap((type, index) => {
    const name = names[index] ?? '';
    return isUnsure(type) && isUsed(name) ? [{ name, type }] : [];
  });
  const looks = await lookAt(connection, call, unsure);
  const columns = names.map((name, index) => {
    const type = looks.get(name) ?? typeSql(types[index] as DuckDBType, keepsTimes);
    return `${sqlText(name)}: ${sqlText(type)}`;
  });
  return `{${columns.join(', ')}}`;
}

/**
 * Refuses keys that differ only in case: DuckDB renames such columns (`ID_1`), and would then not find
 * their values.
 */
async function refuseRenamed(
  connection: DuckDBConnection,
  call: string,
  names: readonly string[],
): Promise<void> {
  const lower = new Set(names.map((name) => name.toLowerCase()));
  const suspects = names.filter((name) => {
    const [, base] = /^(.+)_\d+$/s.exec(name.toLowerCase()) ?? [];
    return base !== undefined && lower.has(base);
  });
  if (suspects.length === 0) return;
  const columns = suspects.map((name) => `${sqlText(name)}: 'JSON'`).join(', ');
  const counts = suspects.map((name) => `count(${sqlName(name)})`).join(', ');
  const read = await connection.runAndReadAll(
    `SELECT ${counts} FROM ${call}, columns = {${columns}})`,
  );
  if (!(read.getRows()[0] ?? []).includes(0n)) return;
  throw new ExportError(
    'QueryFailed',
    "A JSON file has keys that differ only in upper and lower case. Give the exact name of the one to read: read_json('members.json', columns = {user_ids: 'JSON'}).",
  );
}

interface UnsureColumn {
  readonly name: string;
  readonly type: DuckDBType;
}

/** DOUBLE may have lost digits of integers, and DuckDB uses JSON for a mix of strings and numbers. */
function isUnsure(type: DuckDBType): boolean {
  const value = valueType(type);
  return value.typeId === DuckDBTypeId.DOUBLE || isJson(value);
}

function valueType(type: DuckDBType): DuckDBType {
  return type instanceof DuckDBListType ? type.valueType : type;
}

/** Better types for those of the unsure columns that have one. */
async function lookAt(
  connection: DuckDBConnection,
  call: string,
  columns: readonly UnsureColumn[],
): Promise<ReadonlyMap<string, string>> {
  if (columns.length === 0) return new Map();
  const asJson = columns.map(({ name }) => `${sqlText(name)}: 'JSON'`).join(', ');
  const tests = columns.flatMap(({ name, type }) => {
    const text = `CAST(${sqlName(name)} AS VARCHAR)`;
    return [
      `bool_and(regexp_full_match(${text}, ${sqlText(pattern(type))}, 's'))`,
      `bool_or(regexp_matches(${text}, '${TOO_LONG}'))`,
    ];
  });
  const read = await connection.runAndReadAll(
    `SELECT ${tests.join(', ')} FROM ${call}, columns = {${asJson}})`,
  );
  const [found = []] = read.getRows();
  const better = columns.flatMap(({ name, type }, index): [string, string][] => {
    const [isPlain, isTooLong] = found.slice(2 * index, 2 * index + 2);
    const isOfText = isJson(valueType(type));
    if (isPlain === false || (isPlain === null && !isOfText)) return [];
    const plain = isOfText || isTooLong === true ? 'VARCHAR' : 'HUGEINT';
    return [[name, type instanceof DuckDBListType ? `${plain}[]` : plain]];
  });
  return new Map(better);
}

/** Matches the values of a column that has only integers or, if DuckDB made it JSON, strings as well. */
function pattern(type: DuckDBType): string {
  const item = isJson(valueType(type)) ? `(?:${STRING}|${INTEGER})` : INTEGER;
  return type instanceof DuckDBListType ? `\\[(?:(?:${item}|null),?)*\\]|null` : item;
}

function typeSql(type: DuckDBType, keepsTimes: boolean): string {
  if (type instanceof DuckDBListType) return `${typeSql(type.valueType, keepsTimes)}[]`;
  if (type instanceof DuckDBMapType) return `MAP(VARCHAR, ${typeSql(type.valueType, keepsTimes)})`;
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((name, index) => {
      return `${sqlName(name)} ${typeSql(type.entryTypes[index] as DuckDBType, keepsTimes)}`;
    });
    return `STRUCT(${fields.join(', ')})`;
  }
  if (isJson(type)) return 'JSON';
  if (JSON_TYPES.has(type.typeId) || (keepsTimes && TIMES.has(type.typeId))) return type.toString();
  return 'VARCHAR';
}
