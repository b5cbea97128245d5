import { DuckDBArrayType, DuckDBListType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';

/** Types whose full names contain field names and labels, which can be values of a file. */
const CUT_NAMES: ReadonlyMap<DuckDBTypeId, string> = new Map([
  [DuckDBTypeId.STRUCT, 'STRUCT'],
  [DuckDBTypeId.UNION, 'UNION'],
  [DuckDBTypeId.MAP, 'MAP'],
  [DuckDBTypeId.ENUM, 'ENUM'],
  [DuckDBTypeId.SQLNULL, 'NULL'],
]);

/** DuckDB's name of a type, such as `DECIMAL(18,2)` or `VARCHAR[]`, without fields and labels. */
export function typeName(type: DuckDBType): string {
  if (type instanceof DuckDBListType) return `${typeName(type.valueType)}[]`;
  if (type instanceof DuckDBArrayType) return `${typeName(type.valueType)}[${type.length}]`;
  return CUT_NAMES.get(type.typeId) ?? type.alias ?? type.toString();
}

/** JSON is a VARCHAR by another name; a string in it still has its quotes. */
export function isJson(type: DuckDBType): boolean {
  return type.typeId === DuckDBTypeId.VARCHAR && type.alias === 'JSON';
}

/** Why a column's values cannot be identifiers, and the cure. */
export function unfit(type: DuckDBType, column: string): string {
  const name = shownName(column);
  const { says, sql, ends = '' } = cureOf(type, name);
  return `is of type ${typeName(type)}; ${says} ${sql}${ends}`;
}

/** Why the items of a column of lists cannot be identifiers, and the cure. */
export function unfitItem(type: DuckDBType, column: string): string {
  const name = shownName(column);
  const what = `is a list of type ${typeName(type)}[]`;
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) {
    return `${what}; make it one list with flatten(${name})`;
  }
  const { says, sql, ends = '' } = cureOf(type, 'x');
  return `${what}; for each item, ${says} list_transform(${name}, lambda x: ${sql})${ends}`;
}

/** What to do with values of a type: words, the SQL to paste, and more words. */
interface Cure {
  readonly says: string;
  readonly sql: string;
  readonly ends?: string;
}

function cureOf(type: DuckDBType, value: string): Cure {
  switch (type.typeId) {
    case DuckDBTypeId.STRUCT:
      return { says: 'take one of its fields, such as', sql: `${value}.id` };
    case DuckDBTypeId.UNION:
      return { says: 'take one of its members, such as', sql: `${value}.id` };
    case DuckDBTypeId.MAP:
      return { says: 'take one of its values, such as', sql: `${value}['id']` };
    case DuckDBTypeId.BLOB:
      return { says: 'take its text with', sql: `decode(${value})`, ends: ', or with hex' };
    case DuckDBTypeId.FLOAT:
      return wholeNumber(wholeFloat(value, false));
    case DuckDBTypeId.DOUBLE:
      return wholeNumber(wholeFloat(value, true));
    case DuckDBTypeId.DECIMAL:
      return wholeNumber(wholeSql(value, ''));
    default:
      return { says: 'make it text with', sql: `CAST(${value} AS VARCHAR)` };
  }
}

/** As text, 12345678901 would be `12345678901.0`, another identifier; as an integer, 12.7 would be 13. */
function wholeNumber(sql: string): Cure {
  return {
    says: 'turn whole numbers into integers with',
    sql,
    ends: ', which is NULL for all others',
  };
}

/** SQL that makes integers of a DOUBLE's or FLOAT's whole numbers, as far as it holds them exactly. */
export function wholeFloat(value: string, isDouble: boolean): string {
  return wholeSql(
    value,
    ` AND abs(${value}) <= ${isDouble ? Number.MAX_SAFE_INTEGER : 2 ** 24 - 1}`,
  );
}

function wholeSql(value: string, isExact: string): string {
  return `CASE WHEN ${value} = trunc(${value})${isExact} THEN CAST(${value} AS HUGEINT) END`;
}

/** A name as a person would write it in SQL. */
export function shownName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
