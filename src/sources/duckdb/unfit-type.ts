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
  const name = quotedName(column);
  const cure =
    part(type, name) ??
    `make it text with CAST(${name} AS VARCHAR), or, if it comes from a file, read it as text (all_varchar = true), because type inference may have changed the value`;
  return `is of type ${typeName(type)}; ${cure}`;
}

/** Why the items of a column of lists cannot be identifiers, and the cure. */
export function unfitItem(type: DuckDBType, column: string): string {
  const name = quotedName(column);
  const what = `is a list of type ${typeName(type)}[]`;
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) {
    return `${what}; make it one list with flatten(${name})`;
  }
  const item = part(type, 'x');
  return item === null
    ? `${what}; make its items text with CAST(${name} AS VARCHAR[])`
    : `${what}; for each item x, ${item}, in list_transform(${name}, lambda x: …)`;
}

/** The cure of a type that holds the identifier somewhere inside, or `null`. */
function part(type: DuckDBType, value: string): string | null {
  if (isJson(type)) return `take its text without the quotes, with ${value}->>'$'`;
  switch (type.typeId) {
    case DuckDBTypeId.STRUCT:
      return `take one of its fields, such as ${value}.id`;
    case DuckDBTypeId.UNION:
      return `take one of its members, such as ${value}.id`;
    case DuckDBTypeId.MAP:
      return `take one of its values, such as ${value}['id']`;
    case DuckDBTypeId.BLOB:
      return `take its text with decode(${value}) or hex(${value})`;
    default:
      return null;
  }
}

function quotedName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
