import { MEMBER_PREFIX } from './sequence.ts';
import type { TableColumn, Value } from './source-suite.ts';

/** Type names that DuckDB and Treasure Data's stand-in take. */
const TYPES = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  float: 'DOUBLE',
  boolean: 'BOOLEAN',
} as const;

/** A query whose result is this table, in order. */
export function tableQuery(columns: readonly TableColumn[]): string {
  const selected = columns.map(({ name, type }, index) => {
    return `CAST(c${index} AS ${sqlType(type)}) AS "${name}"`;
  });
  const rowCount = columns[0]?.values.length ?? 0;
  const rows = Array.from({ length: rowCount }, (_, row) => {
    return `(${row}, ${columns.map(({ type, values }) => literal(values[row], type)).join(', ')})`;
  });
  const none = `(0, ${columns.map(({ type }) => literal(null, type)).join(', ')})`;
  const names = columns.map((_, index) => `c${index}`).join(', ');
  return [
    `SELECT ${selected.join(', ')}`,
    `FROM (VALUES ${rows.length === 0 ? none : rows.join(',\n')}) AS t(place, ${names})`,
    ...(rows.length === 0 ? ['WHERE false'] : []),
    'ORDER BY place',
  ].join('\n');
}

/** A query whose result is a sequence, made as it is read. */
export function sequenceQuery(rows: number): string {
  return `SELECT '${MEMBER_PREFIX}' || i AS user_ids FROM range(${rows}) AS t(i)`;
}

function sqlType(type: TableColumn['type']): string {
  return type.endsWith('[]')
    ? `${TYPES[type.slice(0, -2) as keyof typeof TYPES]}[]`
    : TYPES[type as keyof typeof TYPES];
}

function literal(value: Value | undefined, type: TableColumn['type']): string {
  if (value === null || value === undefined) return `CAST(NULL AS ${sqlType(type)})`;
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  if (typeof value !== 'object') return String(value);
  const item = type.slice(0, -2) as TableColumn['type'];
  return `CAST([${value.map((each) => literal(each, item)).join(', ')}] AS ${sqlType(type)})`;
}
